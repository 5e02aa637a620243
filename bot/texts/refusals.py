"""Why somebody cannot sign up: every refusal of the rules in words, with what can be sent next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from bot.domain.cards import CardFault
from bot.domain.eligibility import (
    AgeMismatch,
    CardRefused,
    NoSignUpNeeded,
    NotInGroup,
    NotOpenYet,
    OccurrenceCancelled,
    Overlaps,
    OwnPlace,
    PartyMismatch,
    PartyRule,
    PartyTooLarge,
    PlacesUsedUp,
    Scope,
    SignUpClosed,
    SignUpRefusal,
    Suspended,
    Suspension,
)
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.rules import AgeOf, Rules
from bot.texts.moments import clock_words, day_words, exact_words, moment_words, place_words, time_words

OTHERS = "请发送「活动」看看其他场次。"


def refused(facts: OccurrenceFacts, refusal: SignUpRefusal) -> str:
    """The rule in words, for the reader."""
    return f"{facts.number}. {facts.name}\n{_reason(facts, refusal)}"


def _reason(facts: OccurrenceFacts, refusal: SignUpRefusal) -> str:  # one line a refusal
    match refusal:
        case NotOpenYet(opens_at):
            return f"报名尚未开始，开放时间：{exact_words(opens_at)}。请到时发送「报名 {facts.number}」。"
        case SignUpClosed():
            return f"报名已截止。{OTHERS}"
        case NoSignUpNeeded():
            return (
                "本活动无需报名，欢迎直接到场参加。\n"
                f"时间：{time_words(facts)}\n地点：{place_words(facts)}\n发送「活动」看更多。"
            )
        case OccurrenceCancelled():
            return f"很抱歉，本场已取消。{OTHERS}"
        case Suspended(suspension):
            return suspended(suspension)
        case PartyTooLarge(limit):
            return _too_many(facts, limit)
        case PartyMismatch(broken, limit):
            return f"人数不符：{_PARTY[broken].format(limit=limit)}。{_again(facts)}。"
        case AgeMismatch(age, _, _):
            whose = "孩子" if facts.rules.age_of is AgeOf.CHILDREN else "参加者"
            return f"年龄不符：本场限{age_words(facts.rules)}（按活动当天周岁），{whose}当天{age}岁。{OTHERS}"
        case CardRefused(fault):
            return f"读者证号不符：{_CARD[fault]}。请核对后发送「报名 {facts.number} 读者证号」，没有读者证可到服务台办理。"
        case NotInGroup(groups):
            return f"本场只面向{'、'.join(groups)}，您的读者证不在名单上。{OTHERS}如有疑问请发送「人工」。"
        case PlacesUsedUp(scope, limit, places):
            return _used_up(facts, scope, limit, places)
        case Overlaps(place):
            return (
                f"时间冲突：您已报名 {place.number}. {place.name}（{_when(place)}），与本场时间重叠。\n"
                f"要换成本场请发送「改 {place.number} 到 {facts.number}」；也可发送「活动」看看其他场次。"
            )
        case _:
            assert_never(refusal)


def _too_many(facts: OccurrenceFacts, limit: int) -> str:
    group = (
        f"团体请发送如「报名 {facts.number} 团体 {min(facts.rules.group_limit, 30)}人」。"
        if facts.rules.group_limit
        else "团体参加请发送「人工」联系工作人员。"
    )
    return f"人数不符：每次报名最多{limit}人。{_again(facts)}；{group}"


def _again(facts: OccurrenceFacts) -> str:
    return f"请重新发送，如「报名 {facts.number} {party_example(facts.rules)}」"


_PARTY = {
    PartyRule.ADULTS_MIN: "每组至少{limit}位大人",
    PartyRule.ADULTS_MAX: "每组最多{limit}位大人",
    PartyRule.CHILDREN_MIN: "每组至少{limit}个孩子",
    PartyRule.CHILDREN_MAX: "每组最多{limit}个孩子",
    PartyRule.ONE_ADULT_PER_CHILD: "每个孩子须由{limit}位大人陪同，大人和孩子一样多",
    PartyRule.GUARDIAN_UNDER: "未满{limit}岁的孩子须有大人陪同",
}
_CARD = {
    CardFault.SHAPE: "号码的位数或写法不对",
    CardFault.CHECK: "号码的校验位不对，可能抄错了一位",
}


def party_example(rules: Rules) -> str:
    """A party that keeps the rules, as readers would type it."""
    adults, children = rules.adults_min, rules.children_min
    if rules.one_adult_per_child:
        adults = children = max(adults, children, 1)
    if children == 0 and adults == 0:
        return "1人" if rules.party_limit == 1 or rules.children_max == 0 else "一大一小"
    digits = "零一两三四五六七八九十"
    name = [f"{digits[count] if count <= 10 else count}" for count in (adults, children)]
    return (f"{name[0]}大" if adults else "") + (f"{name[1]}小" if children else "")


def party_rule(rules: Rules) -> str:
    """Who may come on one registration, in a few words."""
    if rules.one_adult_per_child:
        return f"每个孩子由一位大人陪同，最多{rules.party_limit}人"
    parts = []
    for least, most, who in (
        (rules.adults_min, rules.adults_max, "位大人"),
        (rules.children_min, rules.children_max, "个孩子"),
    ):
        if most == 0:
            parts.append(f"不带{who[1:]}")
        elif least and most == least:
            parts.append(f"{least}{who}")
        elif least or most is not None:
            parts.append(f"{least}–{most}{who}" if most is not None else f"至少{least}{who}")
    return "，".join([*parts, f"最多{rules.party_limit}人"])


def age_words(rules: Rules) -> str:
    """The bounds on age, as notices write them: 5–8岁, 6岁以上, 14岁以下."""
    low, high = rules.age_min, rules.age_max
    if low is not None and high is not None:
        return f"{low}岁" if low == high else f"{low}–{high}岁"
    if low is not None:
        return f"{low}岁及以上"
    return f"{high}岁及以下" if high is not None else "不限年龄"


def _used_up(facts: OccurrenceFacts, scope: Scope, limit: int, places: Sequence[OwnPlace]) -> str:
    if scope is Scope.FAMILY:
        # Not where and when: whoever types a phone must not learn what its owner does.
        return f"限报一场：本活动每个家庭只能报一次，这个电话已经报过。{OTHERS}如有疑问请发送「人工」。"
    if scope is Scope.LOTTERY_SET:
        return f"限报一场：抽签的名额每家一个（同一系列合计），您家已有名额。发送「我的」查看，或{OTHERS}如有疑问请发送「人工」。"
    listed = "；".join(f"{place.number}. {place.name}（{_when(place)}）" for place in places[:3])
    number = places[0].number
    where = {Scope.EVENT: "本活动", Scope.DAY: "同一天", Scope.CAMPAIGN: "本次活动周"}[scope]
    rule = f"限报一场：{where}每人只能报一场" if limit == 1 else f"超出限额：{where}每人最多报{limit}场"
    return f"{rule}，您已报名 {listed}。\n要换成本场请发送「改 {number} 到 {facts.number}」，参加过或取消后可以再报。"


def _when(place: OwnPlace) -> str:
    if place.starts_at is None:
        return "时间待定"
    if place.all_day:
        return day_words(place.starts_at)
    end = f"–{clock_words(place.ends_at)}" if place.ends_at else ""
    return f"{moment_words(place.starts_at)}{end}"


def suspended(suspension: Suspension) -> str:
    """The rule, the events that were counted, and the end (library-domain P17: a person decides appeals)."""
    counted = "、".join(f"《{name}》" for name in suspension.counted)
    rule = (
        f"{suspension.window_days}天内有{suspension.limit}次报名后未到场也未取消"
        if suspension.policy == "ban"
        else "信用分已扣完"
    )
    return (
        f"暂停报名：您{rule}（{counted}），按规则到{moment_words(suspension.ends_at)}恢复报名。\n"
        f"无需报名的活动照常参加。有特殊情况请发送「申诉 {suspension.code} 原因」，由工作人员处理。"
    )
