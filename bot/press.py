"""From figures to documents on the shelf: gather, draw, keep. Drawing takes seconds and holds no transaction.

A process that dies between two steps leaves the state of the step before; the next round goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.domain.clock import Clock
from bot.domain.closing import DRAFT, Closing, is_draft_due
from bot.domain.report_material import Material
from bot.reports.drawing import Progress, draw_report, silently
from bot.services.report_notices import is_draft_untold, tell_of_draft
from bot.services.reports import (
    DraftKept,
    FrozenMeanwhile,
    NewerKept,
    add_first_version,
    gather,
    gather_figures,
    keep_draft,
    keep_version,
    load_to_draw,
)
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.reports import find_version, get_closing, list_undrawn, lock_version

Draw = Callable[[Material, Progress], Mapping[str, bytes]]


@dataclass(frozen=True, slots=True)
class Press:
    """What building a report needs. `link_of`: the address of a campaign's report page, by its key."""

    db: Database
    keys: Keys
    clock: Clock
    link_of: Callable[[str], str]
    draw: Draw = draw_report

    def build_draft(
        self, campaign_id: int, library_id: int | None = None, progress: Progress = silently
    ) -> tuple[DraftKept | FrozenMeanwhile | NewerKept, Mapping[str, bytes]]:
        """Make the draft of a report as of now; what came of it, and the files drawn."""
        with self.db.reading() as tx:
            material = gather(tx, campaign_id, self.keys, self.clock(), library_id=library_id)
        files = self.draw(material, progress)
        with self.db.writing() as tx:
            return keep_draft(tx, material, files, self.clock()), files

    def renew_draft(self, closing: Closing) -> bool:
        """Make a campaign's draft again when its figures or words have changed, not too often; whether it was made.

        Organisers are told of the first one.
        """
        made = self._is_to_be_renewed(closing) and isinstance(self.build_draft(closing.campaign_id)[0], DraftKept)
        with self.db.reading() as tx:
            draft = find_version(tx, closing.campaign_id, None, DRAFT)
            untold = draft is not None and is_draft_untold(tx, closing, self.clock())
        if draft is not None and untold:
            with self.db.writing() as tx:
                lock_version(tx, draft.id)
                tell_of_draft(tx, closing, self.link_of(closing.key), self.clock())
        return made

    def _is_to_be_renewed(self, closing: Closing) -> bool:
        now = self.clock()
        with self.db.reading() as tx:
            draft = find_version(tx, closing.campaign_id, None, DRAFT)
            if not is_draft_due(draft.made_at if draft else None, now):
                return False
            digest = gather_figures(tx, closing.campaign_id, self.keys, now).digest
        return draft is None or draft.digest != digest

    def add_version_of(self, campaign_id: int, library_id: int | None) -> None:
        """Of a frozen campaign, keep a library's own report where nobody had asked for it before the freeze."""
        with self.db.writing() as tx:
            add_first_version(tx, campaign_id, library_id, self.keys, self.clock())

    def draw_versions(self, progress: Progress = silently) -> int:
        """Draw the documents of versions that have none, from the figures that each keeps; how many were drawn."""
        return sum(self.draw_version(version_id, progress) for version_id in self.list_undrawn())

    def list_undrawn(self) -> list[int]:
        """The versions that have no documents yet, oldest first."""
        with self.db.reading() as tx:
            return list_undrawn(tx)

    def draw_version(self, version_id: int, progress: Progress = silently) -> bool:
        """Draw the documents of one version and keep them; False when somebody was faster."""
        with self.db.reading() as tx:
            material = load_to_draw(tx, version_id, self.keys, self.clock())
        files = self.draw(material, progress)
        with self.db.writing() as tx:
            key = get_closing(tx, material.summary.campaign.id).key
            return keep_version(tx, version_id, files, self.clock(), link=self.link_of(key))
