"""What is said about the programme."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from bot.domain.kinds import OccurrenceStatus, SignUp
from bot.domain.lottery import draw_due_at, is_by_lot
from bot.domain.occurrence import OccurrenceFacts
from bot.texts.lottery import places_words as lottery_words
from bot.texts.moments import exact_words, place_words, time_words
from bot.texts.refusals import age_words, party_rule


def seats_words(facts: OccurrenceFacts, left: int | None, now: datetime) -> str:
    """How many places there are, in a word."""
    if facts.sign_up is SignUp.NONE:
        return "无需报名"
    if facts.opens_at is not None and now < facts.opens_at:
        return f"{exact_words(facts.opens_at)} 开放报名"
    if facts.sign_up_ends_at is None or now >= facts.sign_up_ends_at:
        return "报名已截止"
    due_at = draw_due_at(facts) if is_by_lot(facts) else None
    if due_at is not None and now < due_at:
        return lottery_words(due_at)
    if left is None:
        return "可报名"
    return f"余{left}位" if left else "已满可候补"


def listed(facts: OccurrenceFacts, left: int | None, now: datetime) -> str:
    """One line of the list."""
    return f"{_listed_by(facts)}{seats_words(facts, left, now)}"


@lru_cache(1_024)  # every list says it again
def _listed_by(facts: OccurrenceFacts) -> str:
    return f"{facts.number}. {facts.name}\n　{time_words(facts)}｜{place_words(facts)}｜"


def list_page(lines: Sequence[str], *, first: bool, more: int, asked: str) -> str:
    """A page of the list."""
    heading = [f"{asked or '近期活动'}："] if first else []
    tail = f"还有{more}场，回复「更多」。" if more else "以上是全部。"
    return "\n".join([*heading, *lines, f"{tail}发送编号看详情，发送「报名 编号」报名。"])


def nothing_found(asked: str) -> str:
    """No occurrence fits."""
    what = f"没有找到符合“{asked}”的活动。" if asked else "目前没有可以参加的活动。"
    others = [f"「活动 {word}」" for word in ("周六", "少儿", "讲座") if word not in asked]
    return f"{what}发送「活动」看全部，或换个说法，如{''.join(others[:2])}。"


def not_quite_found(asked: str) -> str:
    """Nothing fits all that was asked; what comes next is near to it."""
    wish = f"符合“{asked}”" if len(asked) <= 20 else "符合您要求"
    return f"没有完全{wish}的活动，下面这些比较接近："


def screen_link(url: str) -> str:
    """For staff: the screen at the door."""
    return f"现场签到屏（工作人员用，请在场地的屏幕上打开）：{url}"


def no_more() -> str:
    """更多 at the end."""
    return "没有更多内容了。发送「活动」从头看，发送「帮助」查看可以发送的内容。"


def detail(facts: OccurrenceFacts, left: int | None, waiting: int, now: datetime) -> str:
    """One occurrence."""
    cancelled = facts.status is OccurrenceStatus.CANCELLED
    title = f"{facts.number}. {facts.name}{'【已取消】' if cancelled else ''}"
    lines = [title, f"时间：{time_words(facts)}", f"地点：{place_words(facts)}"]
    lines.append(f"主办：{facts.library_name}")
    if facts.speaker:
        lines.append(f"主讲：{facts.speaker}")
    if facts.audience:
        lines.append(f"对象：{'、'.join(facts.audience)}")
    if facts.summary:
        lines.append(facts.summary if len(facts.summary) <= 160 else facts.summary[:159] + "…")
    if not cancelled:
        lines.append(_places(facts, left, waiting, now))
        lines += [f"要求：{rules}"] if (rules := _rules(facts)) else []
    lines.append(_next_step(facts, left, now))
    return "\n".join(lines)


def _places(facts: OccurrenceFacts, left: int | None, waiting: int, now: datetime) -> str:
    if facts.sign_up is SignUp.NONE:
        return "名额：无需报名，直接到场"
    capacity = "不限" if facts.capacity is None else f"{facts.capacity}位"
    line = f"名额：{capacity}，{seats_words(facts, left, now)}"
    return f"{line}，候补{waiting}组" if waiting else line


def _rules(facts: OccurrenceFacts) -> str:
    """Who may sign up, in one line; nothing where no sign-up is needed."""
    if facts.sign_up is SignUp.NONE:
        return ""
    rules = facts.rules
    found = (
        (age_words(rules) if rules.age_min is not None or rules.age_max is not None else ""),
        f"每次{party_rule(rules)}",
        f"未满{rules.guardian_under}岁须大人陪同" if rules.guardian_under else "",
        f"限{'、'.join(rules.reader_groups)}" if rules.reader_groups else "",
        "凭读者证" if rules.card else "",
        "须实名" if rules.real_name else "",
        "每家限报一次" if rules.one_per_family else "",
        "报名后由工作人员审核" if rules.approval else "",
    )
    return "；".join(part for part in found if part)


def _next_step(facts: OccurrenceFacts, left: int | None, now: datetime) -> str:
    if facts.status is OccurrenceStatus.CANCELLED:
        return "很抱歉，本场已取消。请发送「活动」看看其他场次。"
    if facts.sign_up is SignUp.NONE:
        return "欢迎直接参加。发送「活动」看更多。"
    state = seats_words(facts, left, now)
    if state == "报名已截止":
        return "报名已截止，请发送「活动」看看其他场次。"
    if facts.opens_at is not None and now < facts.opens_at:
        return f"开放后请发送「报名 {facts.number}」。现在可以发送「活动」看看其他场次。"
    word = "候补" if left == 0 else "报名"
    return f"参加请发送「{word} {facts.number}」，或一次写全：{word} {facts.number} 张三 电话 一大一小"


def todays_programme(lines: Sequence[str]) -> str:
    """今日 for readers."""
    if not lines:
        return "今天没有活动了。发送「活动」看看近期活动。"
    return "\n".join(["今天的活动：", *lines, "发送编号看详情，发送「报名 编号」报名。"])
