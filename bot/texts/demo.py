"""Names that the demonstration adds to the sample campaign."""

from __future__ import annotations

EXTRA_LABEL = "加映"
EXTRA_VENUE = "少儿活动室"


def demo_title(title: str) -> str:
    """The sample's title, so that nobody takes the moved dates for the real ones."""
    return f"{title}（演示）"
