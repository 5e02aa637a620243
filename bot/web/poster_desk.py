"""What the pages of posters need beside the stores: who finds codes, where drawn files lie, and the account's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.occurrence import OccurrenceFacts
from bot.reports.poster import CodeKind, PosterCode
from bot.reports.poster_files import PosterFiles
from bot.wechat.scene_qrs import FoundCode, Note

FindCodes = Callable[[Sequence[OccurrenceFacts], datetime], list[FoundCode]]
"""The best code for each; waits a few seconds at most for all of them together."""


def no_codes(shown: Sequence[OccurrenceFacts], _: datetime) -> list[FoundCode]:
    """For who has no account to ask."""
    return [FoundCode(PosterCode(CodeKind.NONE), Note.NO_CODE) for _ in shown]


@dataclass(frozen=True, slots=True)
class PosterDesk:
    """`account_name`: what readers search in WeChat; `contact`: the line at the foot, else the library's own."""

    find_codes: FindCodes = no_codes
    files: PosterFiles = field(default_factory=lambda: PosterFiles(None))
    account_name: str = ""
    contact: str = ""
