"""Words of card lists: the heading of their column, and what an import came to."""

from __future__ import annotations

from bot.domain.card_list import CardsImported

_HEADINGS = frozenset({"读者证号", "读者证", "证号", "借书证号", "借阅证号", "读者卡号", "卡号", "card"})


def is_card_header(text: str) -> bool:
    """Whether a cell is the heading of the column with card numbers."""
    return text.strip().lower() in _HEADINGS


def card_list_imported(done: CardsImported) -> str:
    """How many cards were put on the list, were there before, were taken off, and are on it now."""
    return (
        f"已导入读者组「{done.group}」（{done.library}）：新增 {done.added}，原有 {done.known}，移除 {done.removed}，"
        f"现有 {done.total} 个读者证号。\n系统只存加密摘要，看不到号码；更换 SECRET_KEY 后请重新导入名单。"
    )
