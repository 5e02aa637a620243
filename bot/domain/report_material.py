"""Everything that a report is drawn from, in one object: gathered in a transaction, drawn outside of any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from bot.domain.closing import DRAFT
from bot.domain.national import NationalYear
from bot.domain.stored_data import digest_of, from_data, to_data
from bot.domain.summary import Summary

_NO_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Material:
    """The figures of a campaign or of one library in it (`summary.library`), and how they are to be written.

    `wording`: the campaign's own style as stored (domain.report_style); `slots`: what people wrote, by name;
    `photos`: JPEG by photo id; `version`: 0 is a draft; `national`: the year so far, in the campaign's own report.
    """

    summary: Summary
    wording: Mapping[str, object] = field(default_factory=dict)
    slots: Mapping[str, str] = field(default_factory=dict)
    version: int = DRAFT
    photos: Mapping[int, bytes] = field(default_factory=dict, repr=False)
    national: NationalYear | None = None

    @property
    def scope(self) -> str:
        """The code of the library whose report it is; empty for the campaign's."""
        return self.summary.library.code if self.summary.library else ""

    @property
    def digest(self) -> str:
        """The same for the same figures and words, whenever they were gathered and whatever number they bear.

        The year so far is not among them: another campaign's figures make no new version of this one's report.
        """
        campaign = replace(self.summary.campaign, freezes_at=None, frozen_at=None)
        summary = replace(self.summary, campaign=campaign, made_at=_NO_MOMENT)
        return digest_of(keep_material(replace(self, summary=summary, version=DRAFT, national=None)))


def keep_material(material: Material) -> dict[str, Any]:
    """Material as plain data, for a column; photos stay where they are stored."""
    figures = to_data(replace(material, photos={}, wording={}))
    return {"material": figures, "wording": dict(material.wording)}


def restore_material(data: Mapping[str, Any]) -> Material:
    """Material as it was kept."""
    return replace(from_data(Material, data["material"]), wording=data["wording"])
