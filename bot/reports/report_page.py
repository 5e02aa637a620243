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
    _used: set[str] = field(default_factory=set)

    def written(self, slot: str) -> str:
        """What a person wrote under a name; blank is nothing."""
        return self.slots.get(slot, "").strip()

    def rest(self, section: str) -> None:
        """Words that were written for parts of a section which are no longer made: they are kept, at its end."""
        for slot in sorted(self.slots):
            is_part = slot.startswith(f"{section}.") and not slot.endswith(".heading")
            if is_part and slot not in self._used:
                self.paragraphs(slot, [])

    def words(self, slot: str, made: str) -> str:
        """A line that a person may have written anew, without line breaks."""
        return " ".join(self.written(slot).split()) or made

    def heading(self, level: int, made: str, slot: str) -> None:
        """A heading, under the name of its slot and `.heading`."""
        name = f"{slot}.heading"
        self.blocks.append(Heading(level, self.words(name, made), slot=name))

    def paragraphs(self, slot: str, made: Sequence[str]) -> None:
        """The paragraphs of one slot; a person's words replace all of them, a paragraph for each line."""
        self._used.add(slot)
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
