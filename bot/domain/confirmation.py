"""Whether a library said that its figures are right, and whether they are still those that it spoke of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.stored_data import digest_of, to_data
from bot.domain.summary import NOTHING, Confirmation, Confirmed, LibrarySummary, Summary


@dataclass(frozen=True, slots=True)
class Said:
    """A library's latest word: that figures with this digest are right."""

    digest: str
    confirmed_at: datetime


def has_figures(summary: Summary, library: LibrarySummary) -> bool:
    """Whether there is anything to confirm for a library: figures, or an event that it leads."""
    leads = any(event.library.id == library.library.id for event in summary.events)
    return leads or library.own != NOTHING


def figures_digest(summary: Summary, library_id: int) -> str:
    """A fingerprint of a library's own figures, down to each occurrence; titles and times are not in it."""
    own = next(library.own for library in summary.libraries if library.library.id == library_id)
    events = [(event.event.key, event.figures) for event in summary.events if event.library.id == library_id]
    held = [
        (occurrence.occurrence.number, occurrence.figures)
        for occurrence in summary.occurrences
        if occurrence.event.library_id == library_id
    ]
    return digest_of(to_data([own, events, held]))


def list_confirmations(summary: Summary, said: Mapping[int, Said]) -> tuple[Confirmation, ...]:
    """Where each library with figures stands; `said`: the latest word of each, by library id."""
    found = []
    for library in summary.libraries:
        if not has_figures(summary, library):
            continue
        latest = said.get(library.library.id)
        if latest is None:
            found.append(Confirmation(library.library, Confirmed.NO, None))
            continue
        same = latest.digest == figures_digest(summary, library.library.id)
        state = Confirmed.YES if same else Confirmed.CHANGED
        found.append(Confirmation(library.library, state, latest.confirmed_at))
    return tuple(found)
