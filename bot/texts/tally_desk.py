"""The page of quantities, media, notes and photos."""

from __future__ import annotations

from bot.domain.kinds import Exactness
from bot.domain.tally import TallyFacts
from bot.texts.metrics import metric_name, words

TAKEN_BACK = "已撤回，不再计入统计。"
NO_SUCH_ENTRY = "没有找到这一条：可能已经撤回，或不是本馆的。"
REASON_NEEDED = "请写明撤回的原因。"
NO_CAMPAIGN = "还没有活动周，请先导入活动文件。"
NUMBER_NEEDED = "请在末尾写场次号（如 12），或写“全馆”。"
PHOTO_KEPT = "照片已保存。"
NOT_A_PHOTO = "这个文件不是能读的照片（JPG、PNG，12 MB 以内），请换一张。"
NO_SUCH_NUMBER = "没有找到这个场次号。"
MEDIA_HELP = "没看懂：请写媒体名称，如 广元晚报 《标题》 5月28日。"
NOTHING_WRITTEN = "请写上要记的话。"
RECORD_WORD = "记录"


def tally_line(tally: TallyFacts) -> str:
    """A quantity in a list."""
    part = f"（{tally.part}）" if tally.part else ""
    is_doubtful = tally.number is None or tally.exactness is Exactness.DOUBTFUL
    said = words(tally.quantity) if is_doubtful or not tally.written else tally.written
    given = f"，给{tally.recipient}" if tally.recipient else ""
    return f"{metric_name(tally.metric)}{part} {said}{given}"
