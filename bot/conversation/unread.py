"""A text that is read part by part: what has been understood is blanked out, and the rest stays to be read."""

import re

from bot.conversation.normalise import simplify, tidy

# Stands for what has been read already. No control character comes in from outside (see tidy), and this one is no
# white space to a pattern either, so nothing matches across it.
GAP = "\x00"


class Unread:
    """`plain` is simplified and loses what is read; `typed` keeps the characters as written, place for place."""

    def __init__(self, text: str) -> None:
        typed = tidy(text)
        plain = simplify(typed)
        self.typed = typed if len(plain) == len(typed) else plain
        self.plain = plain

    def blank(self, start: int, end: int) -> None:
        """Take out a span."""
        self.plain = self.plain[:start] + GAP * (end - start) + self.plain[end:]

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Find the first match and blank it out."""
        match = pattern.search(self.plain)
        if match:
            self.blank(*match.span())
        return match

    def drop(self, pattern: re.Pattern[str]) -> None:
        """Blank out every match."""
        self.plain = pattern.sub(gap_of, self.plain)

    def rest(self) -> str:
        """What has not been read, as typed, with a space for each gap."""
        kept = "".join(" " if mark == GAP else char for char, mark in zip(self.typed, self.plain, strict=True))
        return " ".join(kept.split())


def gap_of(match: re.Match[str]) -> str:
    """A gap as long as the match."""
    return GAP * len(match.group())
