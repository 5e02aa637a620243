"""Counts in words: 今日 and 统计 in chat, and what a recorded or refused tally is answered."""

from __future__ import annotations

from bot.domain.campaign_file import CampaignImported, Sheet
from bot.domain.kinds import Category, SignUp
from bot.domain.recurrence import Span
from bot.domain.summary import EventSummary, Figures, OccurrenceSummary, Summary
from bot.domain.tally import TalliesImported, TallyRecorded
from bot.domain.tally_words import PartsDiffer, TallyFault
from bot.texts.campaign_files import SHEETS, word_of
from bot.texts.metrics import metric_name, plain_number, words

_SPANS = {Span.DAY: "天", Span.WEEK: "周", Span.MONTH: "月"}
_DRIFT = "图书漂流"


def category_name(category: Category | None) -> str:
    """The Chinese name of an official class."""
    return word_of("category", category.value) if category else "未归类"


def schedule_figures(part: EventSummary) -> list[tuple[str, int, str]]:
    """What follows from an event's programme: metric, number, measure word."""
    figures = [("sessions", part.figures.counts.sessions, "场")]
    if part.duration:
        figures.append(("duration", part.duration.number, _SPANS[part.duration.span]))
    if part.venues:
        figures.append(("drift_points" if part.event.kind == _DRIFT else "venues", len(part.venues), "个"))
    return figures


def today_lines(summary: Summary) -> list[str]:
    """今日: the counts of a day, occurrence by occurrence."""
    if summary.day is None:
        raise ValueError("a summary of one day is needed")
    lines = [f"【今日统计】{summary.day.month}月{summary.day.day}日{_of_library(summary)}"]
    shown = [part for part in summary.occurrences if not part.occurrence.is_cancelled]
    if not shown:
        return [*lines, "今天没有场次。发送「统计」看全周。"]
    lines.append(_headcount(summary.total))
    lines.extend(_occurrence_line(part) for part in shown)
    lines.extend(_tally_lines(summary.total))
    lines.append("发送「统计」看全周，「现场 8 场次号」补记现场人数。")
    return lines


def notices_unsent(number: int) -> str:
    """今日: readers who may not know yet; who can do something about it."""
    return f"通知未送达 {number} 条（发送「未送达」看名单，必要时电话联系读者）。"


def campaign_lines(summary: Summary) -> list[str]:
    """统计: the campaign so far, library by library."""
    campaign = summary.campaign
    counts = summary.total.counts
    span = f"{campaign.starts_on.month}月{campaign.starts_on.day}日—{campaign.ends_on.month}月{campaign.ends_on.day}日"
    lines = [
        f"【{campaign.title}】{span}{_of_library(summary)}",
        f"活动 {summary.total.activities} 项，已举办 {counts.sessions} 场{_still_to_come(summary)}",
        _headcount(summary.total),
    ]
    if counts.waitlisted or counts.cancelled or counts.no_shows:
        lines.append(f"候补 {counts.waitlisted} 组，取消 {counts.cancelled} 组，爽约 {counts.no_shows} 组")
    if len(summary.libraries) > 1:
        lines.extend(
            f"· {part.library.name}：{part.own.counts.sessions} 场，报名 {part.own.counts.registered_people} 人，"
            f"到场 {part.own.counts.person_times} 人次"
            for part in summary.libraries
        )
    lines.extend(_tally_lines(summary.total))
    lines.extend(f"· {metric_name(tally.metric)} {words(tally.quantity)}" for tally in summary.headlines)
    lines.append("发送「统计 馆名」看一个馆，「今日」看今天。")
    return lines


def main_figures(summary: Summary) -> list[str]:
    """The few figures that a report is asked for first."""
    counts = summary.total.counts
    return [
        f"活动 {summary.total.activities} 项，已举办 {counts.sessions} 场{_still_to_come(summary)}",
        _headcount(summary.total),
        *_tally_lines(summary.total)[:6],
    ]


def _headcount(figures: Figures) -> str:
    counts = figures.counts
    return (
        f"报名 {counts.registrations} 组 {counts.registered_people} 人，"
        f"签到 {counts.checked_in_people}/{counts.registered_people} 人，"
        f"现场 {counts.walk_ins} 人，共 {counts.person_times} 人次"
    )


def _still_to_come(summary: Summary) -> str:
    coming = sum(
        1
        for part in summary.occurrences
        if part.occurrence.starts_at
        and part.occurrence.starts_at > summary.made_at
        and not part.occurrence.is_cancelled
    )
    return f"，还有 {coming} 场未开始" if coming else ""


def _occurrence_line(part: OccurrenceSummary) -> str:
    counts = part.figures.counts
    title = f"{part.event.title}{' ' + part.occurrence.label if part.occurrence.label else ''}"
    told = []
    if part.event.sign_up is SignUp.REQUIRED or counts.registrations:
        told.append(f"签到 {counts.checked_in_people}/{counts.registered_people}")
    if counts.walk_ins or not told:
        told.append(f"现场 {counts.walk_ins} 人")
    return f"{part.occurrence.number}. {title}：{'，'.join(told)}"


def _tally_lines(figures: Figures) -> list[str]:
    noted = [f"{metric_name(total.metric)} {words(total.quantity)}" for total in figures.tallies]
    beside = [f"{metric_name(tally.metric)} {words(tally.quantity)}" for tally in figures.unsummed]
    return [f"· {line}" for line in (*noted, *beside)]


def _of_library(summary: Summary) -> str:
    return f" {summary.library.name}" if summary.library else ""


# --- tallies


def tally_recorded(done: TallyRecorded) -> str:
    """A noted tally with the running total of its kind."""
    part = f"（{done.part}）" if done.part else ""
    said = words(done.quantity) if done.quantity.number is None else done.written or words(done.quantity)
    given = f"，给{done.recipient}" if done.recipient else ""
    lines = [f"已记录：{metric_name(done.metric)}{part} {said}{given}"]
    lines += [f"　其中 {name} {words(quantity)}" for name, quantity in done.parts]
    if done.quantity.number is None:
        lines.append("数量存疑，统计时不计入，报告中会列为【数据待核】。")
    lines.append(_tally_place(done))
    if done.running:
        scope = "本场累计" if done.occurrence_number is not None else "累计"
        lines.append(f"{scope}：{metric_name(done.metric)} {words(done.running.quantity)}")
    lines.append("记错了请在十分钟内发送「撤销」。")
    return "\n".join(lines)


def _tally_place(done: TallyRecorded) -> str:
    if done.occurrence_number is not None:
        return f"{done.occurrence_number}号 {done.place}"
    return f"{done.place}（全馆，不属于某一场）" if done.place else "整个活动周（单独列出，不与各馆相加）"


def parts_differ(differ: PartsDiffer) -> str:
    """A total whose parts come to another number: both are said."""
    whole, parts = plain_number(differ.whole), plain_number(differ.parts)
    return (
        f"没有记上：总数是 {whole}{differ.unit}，各分项加起来是 {parts}{differ.unit}，对不上。\n"
        "请核对后重新发送，如「记录 征文 75篇 其中一等奖5篇、二等奖70篇」。"
    )


def tally_not_allowed() -> str:
    """A quantity of a whole library from who may not note it."""
    return (
        "没有权限：全馆的数量由本馆组织者记，整个活动周的由主办馆的组织者记。"
        "\n记到一场请在末尾写场次号，如「记录 宣传单 300 份 12」。"
    )


_TALLY_FAULTS = {
    TallyFault.NO_METRIC: "没看懂记的是什么，请写上名目。",
    TallyFault.NO_NUMBER: "没有看到能认出的数量。",
    TallyFault.SEVERAL: "一次只记一项、一个数；区间、百分比和负数不能记。",
    TallyFault.TOO_LARGE: "这个数太大了，请核对后再记。",
    TallyFault.DOUBTFUL: "这个数好像漏了位数，请核对后再记；一时核不了，在末尾加“待核”先记下。",
    TallyFault.TOO_LONG: "这条太长了，一次记一项就好。",
    TallyFault.BAD_PART: "没看懂“其中”后面的分项，请逐项写名称和数量，单位与总数一致。",
}


def tally_fault(fault: TallyFault) -> str:
    """Why a tally was not noted, and how one looks."""
    return f"没有记上：{_TALLY_FAULTS[fault]}\n请发送如「记录 宣传单 300多 份」，或「记录 咨询 80 人次 12」（12 是场次号）。"


# --- imports


def campaign_imported(done: CampaignImported) -> list[str]:
    """What an import changed, a line each."""
    lines = [f"已导入：{done.title}（{done.key}）"]
    for sheet, counts in done.counts.items():
        lines.append(f"  {SHEETS[sheet]}：新增 {counts.created}，更改 {counts.changed}，不变 {counts.same}")
    if done.dropped_events:
        lines.append(f"  文件里没有、系统里保留的活动：{'、'.join(done.dropped_events)}")
    if done.dropped_numbers:
        numbers = "、".join(str(number) for number in done.dropped_numbers)
        lines.append(f"  文件里没有、系统里保留的场次：{numbers}（要取消请在“状态”列写“取消”）")
    if done.moved or done.cancelled:
        lines.append(f"  时间或地点有变 {len(done.moved)} 场，取消 {len(done.cancelled)} 场")
    return lines


def tallies_imported(done: TalliesImported) -> str:
    """What a tally import changed."""
    sheet = SHEETS[Sheet.TALLIES]
    return f"已导入{sheet}（{done.key}）：新增 {done.created}，更改 {done.changed}，不变 {done.same}"


def readers_told(number: int) -> str:
    """How many readers will get a notice of a change."""
    return f"  将通知 {number} 位已报名读者"


def no_campaign() -> str:
    """Nothing to count yet."""
    return "还没有活动周。请先导入活动文件，再发送「统计」。"


def no_such_library(typed: str) -> str:
    """统计 with a name that no library has, or several."""
    return f"没有找到“{typed}”这个馆，或有几个馆都符合。请发送「统计」看全部，或写全馆名。"


def tally_example() -> str:
    """What is to be completed with a number."""
    return "记录 宣传单 300 份"
