"""What is said about the freeze of a campaign's figures, their confirmation and their correction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.closing import FiguresFrozen
from bot.domain.summary import Confirmation, Confirmed, LibrarySummary
from bot.texts.metrics import metric_name, words
from bot.texts.moments import moment_words

_MOST_TALLIES = 12
_MOST_LIBRARIES = 20


def figures_frozen(outcome: FiguresFrozen) -> str:
    """Somebody who is no manager wants to change figures after the freeze."""
    return (
        f"本次活动数据已定稿：《{outcome.title}》的数字{moment_words(outcome.frozen_at)}起不能再改。"
        "如需补记或更正，请联系主管；发送「统计」看现有数字。"
    )


def version_left(number: int, differing: int) -> str:
    """A change after the freeze made the next version."""
    return f"数据已定稿，这次更改另存为第{number}版，共{differing}处不同，旧版不变；发送「周报」看报告。"


def late_walk_ins() -> str:
    """Why a version was left: walk-ins noted after the freeze."""
    return "定稿后补记现场人数"


def late_tally() -> str:
    """Why a version was left: a quantity noted after the freeze."""
    return "定稿后补记台账"


def late_coverage() -> str:
    """Why a version was left: media, notes or photos after the freeze."""
    return "定稿后补记媒体、备注或照片"


def taken_back() -> str:
    """Why a version was left: an act taken back after the freeze."""
    return "定稿后撤销"


_STATES = {Confirmed.YES: "已核对", Confirmed.CHANGED: "核对后有变动，请重新核对", Confirmed.NO: "未核对"}


def library_figures(part: LibrarySummary, state: Confirmation | None) -> str:
    """核对: a library's own figures, and how to say that they are right."""
    counts, figures = part.own.counts, part.own
    lines = [
        f"【核对数字】{part.library.name}（{_STATES[state.state] if state else _STATES[Confirmed.NO]}）",
        f"活动 {figures.activities} 项，已举办 {counts.sessions} 场",
        f"到场 {counts.person_times} 人次（签到 {counts.checked_in_people}，现场 {counts.walk_ins}）",
    ]
    lines.extend(f"· {metric_name(total.metric)} {words(total.quantity)}" for total in figures.tallies[:_MOST_TALLIES])
    lines.extend(f"· {metric_name(each.metric)} {words(each.quantity)}" for each in figures.unsummed[:_MOST_TALLIES])
    lines.append("无误请回复「核对 无误」；有误请发送「更正」看怎么改。")
    return "\n".join(lines)


def confirmation_states(states: Sequence[Confirmation]) -> str:
    """核对 from who looks after all libraries: who has confirmed and who has not."""
    if not states:
        return "本次活动还没有要核对的数字。发送「统计」看全周。"
    lines = [f"· {state.library.name}：{_STATES[state.state]}" for state in states[:_MOST_LIBRARIES]]
    if len(states) > _MOST_LIBRARIES:
        lines.append(f"……共 {len(states)} 个馆")
    return "\n".join(["【数字核对】", *lines, "看一个馆请发「核对 馆名」，代为确认请发「核对 馆名 无误」。"])


def figures_confirmed(part: LibrarySummary) -> str:
    """A library said that its figures are right."""
    counts = part.own.counts
    return (
        f"已核对：{part.library.name} 活动 {part.own.activities} 项、{counts.sessions} 场、到场 {counts.person_times} 人次。"
        "之后数字有变会提示重新核对；发送「周报」看报告。"
    )


def nothing_to_confirm(name: str) -> str:
    """The library has no figures in this campaign."""
    return f"{name}在本次活动中没有数字要核对。发送「统计」看全周。"


def not_confirming() -> str:
    """Another library's figures."""
    return "没有权限：各馆数字由本馆组织者或主管核对。发送「核对」看本馆数字。"


def which_library() -> str:
    """Somebody of all libraries says that figures are right, not whose."""
    return "请写明馆名，如「核对 苍溪馆 无误」。发送「核对」看各馆情况。"


def report_status(title: str, url: str, number: int | None, figures: Sequence[str], freezes_at: datetime | None) -> str:
    """周报: the link, how the report stands, and the main figures. `number` None: nothing was built yet; 0: a draft."""
    if number is None:
        status = "草稿在活动结束后自动生成"
    elif number == 0:
        status = "草稿" + (f"，{moment_words(freezes_at)}定稿" if freezes_at else "")
    else:
        status = f"已定稿 第{number}版"
    ask = "发送「核对」确认本馆数字，「统计」看全部。" if not number else "发送「统计」看全部数字。"
    return "\n".join([f"【周报】{title}（{status}）", *figures, f"报告：{url}", ask])


def arrived_late(lines: Sequence[str], more: int) -> str:
    """For managers: what the newest version does not hold yet."""
    rest = f"\n……另有 {more} 处" if more else ""
    return (
        "定稿后到达，未计入当前版本：\n"
        + "\n".join(f"· {line}" for line in lines)
        + f"{rest}\n要计入请发送「周报 采纳 原因」，另存新版。"
    )


def nothing_to_adopt(number: int) -> str:
    """Nothing differs from the newest version."""
    return f"没有要采纳的变动：现有数字与第{number}版相同。发送「周报」看报告。"


def not_frozen_yet() -> str:
    """Adoption before the freeze."""
    return "本次活动还没有定稿，数字会自动计入草稿。发送「周报」看报告。"


def say_why_adopted() -> str:
    """No version without a reason."""
    return "请写明原因，如「周报 采纳 补传离线签到」。"


def adopted(number: int, differing: int) -> str:
    """A version was left on purpose."""
    return f"已另存为第{number}版，共{differing}处不同，旧版不变；文件几分钟后生成。发送「周报」看报告。"


def not_for_this_role() -> str:
    """Staff at the doors ask for what organisers and managers do."""
    return "没有权限：周报、核对和更正由活动组织者或主管办理。刚记错的，十分钟内可发送「撤销」；发送「今日」看数字。"


def managers_only() -> str:
    """An organiser wants to leave a version."""
    return "没有权限：定稿后的更改由主管办理，请联系主管。发送「周报」看报告。"
