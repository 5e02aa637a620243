"""The classes of people that national statistics ask for among those an event is for (library-domain T3)."""

from __future__ import annotations

from enum import StrEnum


class Audience(StrEnum):
    """Whom an event is for, as far as statistics tell people apart."""

    MINORS = "minors"
    ELDERLY = "elderly"
    DISABLED = "disabled"
    GENERAL = "general"
