"""The blocks of a report while it is put together. What a person wrote in a slot takes the place of what was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.report_style import Headings
from bot.reports.document import Block, Heading, Paragraph


@dataclass(slots=True)
class Page:
    """Blocks in order; a heading of level 1 or 2 may let the next paragraph run in."""

    slots: Mapping[str, str]
    headings: Headings
    blocks: list[Block] = field(default_factory=list)

    def written(self, slot: str) -> str:
        """What a person wrote under a name; blank is nothing."""
        return self.slots.get(slot, "").strip()

    def words(self, slot: str, made: str) -> str:
        """A line that a person may have written anew, without line breaks."""
        return " ".join(self.written(slot).split()) or made

    def heading(self, level: int, made: str, slot: str) -> None:
        """A heading, under the name of its slot and `.heading`."""
        name = f"{slot}.heading"
        self.blocks.append(Heading(level, self.words(name, made), slot=name))

    def paragraphs(self, slot: str, made: Sequence[str]) -> None:
        """The paragraphs of one slot; a person's words replace all of them, a paragraph for each line."""
        lines = [line.strip() for line in self.written(slot).splitlines() if line.strip()]
        for words in lines or [words for words in made if words]:
            self._add(words, slot)

    def _add(self, words: str, slot: str) -> None:
        last = self.blocks[-1] if self.blocks else None
        if self.headings is Headings.RUN_IN and isinstance(last, Heading) and not last.run_in:
            heading = last.words if last.words.endswith(("。", "！", "？")) else last.words + "。"
            self.blocks[-1] = Heading(last.level, heading, run_in=words, slot=last.slot, run_in_slot=slot)
            return
        self.blocks.append(Paragraph(words, slot))
