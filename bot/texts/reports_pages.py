"""The pages of reports: states, what became of an act, kinds of rows behind figures."""

from __future__ import annotations

from bot.domain.closing import DRAFT, Closing
from bot.domain.summary import Confirmed
from bot.domain.trace import RowKind
from bot.texts.moments import moment_words

_ROWS = {
    RowKind.EVENT: "活动",
    RowKind.OCCURRENCE: "场次",
    RowKind.REGISTRATION: "报名",
    RowKind.CHECKIN: "签到",
    RowKind.WALK_IN: "现场登记",
    RowKind.RATING: "评价",
    RowKind.TALLY: "台账",
    RowKind.MEDIA: "媒体记录",
}
_CONFIRMED = {Confirmed.YES: "已核对", Confirmed.CHANGED: "核对后有变动", Confirmed.NO: "未核对"}
FILES = {
    "report.docx": "总结（Word）",
    "report.xlsx": "统计表（Excel）",
    "report.txt": "纯文本",
    "public.docx": "公开版总结（Word）",
    "public.xlsx": "公开版统计表（Excel）",
    "report.pdf": "预览（PDF）",
}

BUILT = "草稿已按最新数据重新生成。"
FROZEN_MEANWHILE = "数据已定稿，草稿不再更新；更正后会另存为新的一版。"
NEWER_KEPT = "已有更新的草稿。"
CONFIRMED = "已确认本馆数据无误。之后数字有变会提示重新核对。"
NOTHING_TO_CONFIRM = "这个馆在本次活动里还没有数据可确认。"
NOT_YOURS = "没有权限：只能确认本馆的数据。"
WRITTEN = "已保存。重新生成报告时会保留您写的这一段。"
CLEARED = "已恢复自动生成的文字。"
NO_SUCH_SLOT = "这一段本来就是自动生成的。"
NOT_WRITING = "没有权限：总报告由主办馆的组织者或主管修改。"


def too_long(most: int) -> str:
    """Words that do not fit into a slot."""
    return f"这一段太长了，请不要超过{most}字。"


def row_kind(kind: RowKind) -> str:
    """A kind of row behind a figure."""
    return _ROWS[kind]


def confirmed(state: Confirmed) -> str:
    """Where a library stands with its figures."""
    return _CONFIRMED[state]


def version_name(number: int) -> str:
    """草稿, 第1版."""
    return "草稿" if number == DRAFT else f"第{number}版"


def closing_state(closing: Closing) -> str:
    """Whether and when the figures are frozen."""
    if closing.frozen_at is not None:
        return f"数据已于{moment_words(closing.frozen_at)}定稿"
    return f"数据将于{moment_words(closing.due_at)}定稿"
