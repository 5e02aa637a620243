"""What is answered to 更正 of a figure: each answer reads back what was understood, and ends with what to send next."""

from __future__ import annotations

from bot.domain.closing import FiguresFrozen, NotCorrecting
from bot.domain.correction import (
    CorrectionOutcome,
    MorePeopleThanParty,
    NoParty,
    NoSuchTally,
    OtherFigure,
    OutOfRange,
    PartsStand,
    PeopleCorrected,
    ReasonNeeded,
    SameAsBefore,
    SeveralTallies,
    Subject,
    TallyCorrected,
)
from bot.domain.measure import Quantity
from bot.texts.closing import figures_frozen
from bot.texts.metrics import metric_name, plain_number, words

_MOST_SHOWN = 8


def how_to_correct() -> str:
    """更正 without what and how."""
    return (
        "更正数字请写明原来的数、改成的数和原因：\n"
        "「更正 现场 12 80 改为 85 原因 点错」改 12 号场次的现场人数\n"
        "「更正 宣传单 3000份 改为 3200份 12 原因 漏记」改台账，末尾是场次号\n"
        "「更正 签到 K7P2QX 2 改为 3 原因 后到一人」改签到人数\n"
        "改自己的电话请发「修改 电话 新号码」。"
    )


def correction_answer(outcome: CorrectionOutcome, reason: str) -> str:
    """How a correction ended."""
    match outcome:
        case PeopleCorrected():
            return _people_corrected(outcome, reason)
        case TallyCorrected():
            return _tally_corrected(outcome, reason)
        case NotCorrecting():
            return "没有权限：更正数字由本馆活动组织者（定稿前）或主管办理。刚记错的，十分钟内可发送「撤销」。"
        case FiguresFrozen():
            return figures_frozen(outcome)
        case ReasonNeeded():
            return "更正没有登记：请在后面写明原因，如「更正 现场 12 80 改为 85 原因 点错」。"
        case SameAsBefore():
            return "更正前后的数字相同，没有改动。发送「统计」看现有数字。"
        case OutOfRange(most):
            return f"人数请填 0 到 {most} 之间，没有改动。核对后重发。"
        case OtherFigure():
            return _other_figure(outcome)
        case NoSuchTally():
            return _no_such_tally(outcome)
        case SeveralTallies():
            return _several(outcome)
        case PartsStand(metric, differ):
            parts = f"{plain_number(differ.parts)}{differ.unit}"
            return (
                f"没有改动：「{metric_name(metric)}」的各分项加起来是 {parts}，总数不能改为 {plain_number(differ.whole)}{differ.unit}。"
                "请更正分项，如「更正 征文《二等奖》70篇 改为 71篇 原因 …」，总数会随之更正。"
            )
        case MorePeopleThanParty(most):
            return f"这份报名共{most}人，签到不能多于此数，没有改动。多来的人请发送「现场 人数 场次号」登记。"
        case NoParty():
            return "没有找到这个短码的签到，没有改动。请核对入场码下的六位短码后重发。"


def _people_corrected(done: PeopleCorrected, reason: str) -> str:
    facts = done.facts
    what = "现场参加" if done.subject is Subject.WALK_IN else f"签到 {done.code}"
    back = f"{facts.number} {done.new}" if done.subject is Subject.WALK_IN else f"{done.code} {done.new}"
    kind = "现场" if done.subject is Subject.WALK_IN else "签到"
    undo = f"改错了请发送「更正 {kind} {back} 改为 {done.old} 原因 …」。" if done.new else "发送「统计」看现有数字。"
    return f"已更正：{facts.number} {facts.name} {what} {done.old}人 → {done.new}人（原因：{reason}）。\n{undo}"


def _tally_corrected(done: TallyCorrected, reason: str) -> str:
    name, at = _named(done.metric, done.part), f"{done.number} 号场次 " if done.number is not None else ""
    place = f" {done.number}" if done.number is not None else ""
    old = "待核" if done.old.number is None else words(done.old)
    undo = (
        "发送「统计」看现有数字。"
        if done.old.number is None
        else f"改错了请发送「更正 {name} {words(done.new)} 改为 {old}{place} 原因 …」。"
    )
    total = f"总数随之 {words(done.total[0])} → {words(done.total[1])}。\n" if done.total else ""
    return f"已更正：{at}{name} {old} → {words(done.new)}（原因：{reason}）。\n{total}{undo}"


def _named(metric: str, part: str) -> str:
    return metric_name(metric) + (f"《{part}》" if part else "")


def _other_figure(outcome: OtherFigure) -> str:
    counts = outcome.counts
    if not counts:
        return f"{outcome.facts.number} {outcome.facts.name} 没有现场人数，没有改动。补记请发送「现场 人数 场次号」。"
    each = "、".join(str(count) for count in counts[:_MOST_SHOWN]) + ("…" if len(counts) > _MOST_SHOWN else "")
    total = f"，合计{sum(counts)}人" if len(counts) > 1 else ""
    return (
        f"没有改动：{outcome.facts.number} {outcome.facts.name} 现在记的是 {each}人{total}，与您写的原数不符。"
        "请按其中一笔或合计重发。"
    )


def _no_such_tally(outcome: NoSuchTally) -> str:
    name = metric_name(outcome.metric)
    if not outcome.noted:
        return f"没有改动：没有找到您能更正的「{name}」记录。请核对名称、原数和场次号，或发送「统计」看现有数字。"
    shown = "；".join(_noted(*each) for each in outcome.noted[:_MOST_SHOWN])
    return f"没有改动：「{name}」现在记的是 {shown}。请照原数重发，存疑的原数写「待核」。"


def _noted(quantity: Quantity, number: int | None) -> str:
    return words(quantity) + (f"（{number} 号场次）" if number is not None else "")


def _several(outcome: SeveralTallies) -> str:
    numbers = "、".join(str(number) for number in outcome.numbers[:_MOST_SHOWN])
    where = f"（场次 {numbers}）" if numbers else ""
    return f"没有改动：「{metric_name(outcome.metric)}」有几笔都是这个数{where}。请在末尾写上场次号，或连同标题重发。"
