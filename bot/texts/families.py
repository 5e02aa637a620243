"""What is said about children on a guardian's record, and about siblings who are signed up together."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain.eligibility import SignUpRefusal
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.registration import AlreadyRegistered, NoPlaceLeft, SignUpOutcome
from bot.texts.moments import time_words
from bot.texts.refusals import refused

_AROUND_A_NICKNAME = re.compile(
    r"\d+|家庭成员|小朋友|小孩子?|孩子|宝宝|昵称|小名|名字|大名|出生|今年|生日|周?岁半?|[叫是的年月日生了，。,.:：;；、]"
)
_NOTHING_LEFT = " "


def without_age_words(typed: str) -> str:
    """What may be a nickname in 乐乐 2019年3月出生: numbers and the words around them left out."""
    return _AROUND_A_NICKNAME.sub(_NOTHING_LEFT, typed)


def _child(nickname: str, birth_year: int) -> str:
    return f"{nickname}（{birth_year}年）"


def family(children: Sequence[tuple[str, int]]) -> str:
    """家庭成员."""
    if not children:
        return "还没有登记家庭成员。发送如「添加孩子 乐乐 2019」（小名和出生年份），以后报名说小名就行，如「报名 12 乐乐」。"
    listed = "、".join(_child(*child) for child in children)
    return f"已登记的孩子：{listed}。\n报名时可以说小名，如「报名 12 {children[0][0]}」；删除请发送「删除孩子 {children[0][0]}」。"


def how_to_add() -> str:
    """Something is missing."""
    return "请发送孩子的小名和出生年份，如「添加孩子 乐乐 2019」。小名就可以，不需要真实姓名和证件。"


def not_a_child(nickname: str) -> str:
    """The year is no child's."""
    return f"「{nickname}」的出生年份不像是孩子的。登记孩子请发送如「添加孩子 乐乐 2019」；大人不用登记，报名时说人数就行。"


def known_already(nickname: str) -> str:
    """The same nickname again."""
    return f"已经登记过「{nickname}」了。两个孩子小名相同可以加一个字；发送「家庭成员」查看。"


def too_many(most: int) -> str:
    """The record is full."""
    return f"最多登记{most}个孩子。发送「家庭成员」查看，发送「删除孩子 小名」删除。"


def ask_consent(nickname: str, privacy_url: str) -> str:
    """The general consent comes first."""
    return (
        f"登记「{nickname}」前请您知悉：我们会保存您家孩子的小名和出生年份，只用于报名时核对年龄，您可随时删除。\n"
        f"完整说明：{privacy_url}\n回复「同意」继续，回复「不同意」则不保存任何信息。"
    )


def ask_guardian(nickname: str, children_url: str) -> str:
    """The guardian's own consent, apart from the general one (PIPL Art. 31)."""
    return (
        f"「{nickname}」是未成年人，登记需监护人同意：只保存小名和出生年份，用于报名时核对年龄，您可随时删除。\n"
        f"儿童个人信息规则：{children_url}\n"
        "您是孩子的监护人并且同意，请回复「监护人同意」；回复「不同意」则不保存。"
    )


def added(nickname: str, birth_year: int) -> str:
    """Done."""
    return f"已登记 {_child(nickname, birth_year)}。以后报名可以说小名，如「报名 12 {nickname}」。发送「家庭成员」查看全部。"


def whom_to_remove(nicknames: Sequence[str]) -> str:
    """Which one is not clear."""
    if not nicknames:
        return "没有登记过孩子。发送「家庭成员」查看。"
    return f"请说明删除哪一个，如「删除孩子 {nicknames[0]}」。已登记：{'、'.join(nicknames)}。"


def removed(nickname: str) -> str:
    """Gone."""
    return f"已删除「{nickname}」的信息，已有的报名不受影响。发送「家庭成员」查看。"


def one_first(facts: OccurrenceFacts) -> str:
    """Consents and contact come with a first sign-up."""
    return f"两个孩子分别报不同场次，请先报好一个，如「报名 {facts.number}」，填好联系方式后再一起报其他场次。"


def one_by_one(occurrences: Sequence[OccurrenceFacts]) -> str:
    """These ask for something that is not on record."""
    numbers = "".join(f"「报名 {facts.number}」" for facts in occurrences)
    return f"这几场还需要填写其他信息，请一场一场报：{numbers}。"


def read_back_together(parts: Sequence[tuple[OccurrenceFacts, Sequence[str]]]) -> str:
    """Both or none, before 确认."""
    lines = [f"{facts.number}. {facts.name}（{time_words(facts)}）：{'、'.join(names)}" for facts, names in parts]
    return "\n".join(
        [
            "要一起报名吗？只有每一场都有名额才会报上，否则一场也不报：",
            *lines,
            "无误请回复「确认」，不报请回复「放弃」。",
        ]
    )


def all_registered(places: Sequence[tuple[OccurrenceFacts, str, str]]) -> str:
    """Every one of them."""
    lines = [
        f"{facts.number}. {facts.name}（{time_words(facts)}）\n入场码：{code}\n{url}" for facts, code, url in places
    ]
    return "\n".join(["报名成功，几场都报上了！", *lines, "不能来请发送「取消 编号」。"])


def none_registered(facts: OccurrenceFacts, outcome: SignUpOutcome) -> str:
    """One could not be, so none is."""
    why = f"{facts.number}. {facts.name} 名额已满"
    if isinstance(outcome, AlreadyRegistered):
        why = f"您已报名 {facts.number}. {facts.name}"
    elif not isinstance(outcome, NoPlaceLeft) and isinstance(outcome, SignUpRefusal):
        why = refused(facts, outcome).removesuffix("。")
    return f"没有报上，一场也没有报：{why}。\n可以分开报：发送「报名 编号 小名」，或发送「候补 {facts.number}」。"


def not_together_any_more() -> str:
    """The programme or the record changed meanwhile."""
    return "场次或家庭成员刚刚有变动，没有报名。请重新发送，如「报名 12 乐乐 15 朵朵」。"


def kept_apart() -> str:
    """放弃."""
    return "好的，没有报名。发送「活动」看看其他场次。"


def not_added() -> str:
    """放弃 or 不同意 while a child was to be added."""
    return "好的，没有保存孩子的任何信息。需要时再发送「添加孩子 小名 出生年份」。"
