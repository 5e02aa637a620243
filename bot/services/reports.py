"""Reports from gathering to keeping. Between the two lies the drawing, which takes seconds and no transaction.

Drafts are made again as figures change. The freeze makes version 1 with its figures in one transaction; each change of
a manager after it makes the next version in the transaction of the change. Their documents are drawn afterwards from
the figures that the version keeps, so a crash in between leaves nothing that the next round does not heal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.closing import DRAFT, FIRST
from bot.domain.report_difference import Difference, list_differences
from bot.domain.report_material import Material, keep_material, restore_material
from bot.domain.stored_data import from_data, to_data
from bot.services.audit import note_audit
from bot.services.closing import with_confirmations
from bot.services.national import count_year
from bot.services.report_notices import tell_of_version
from bot.services.summary import summarize, with_past
from bot.store import reports as store
from bot.store.pii import Keys
from bot.store.reports import Version

_MOST_READINGS = 6


def gather(tx: Connection, campaign_id: int, keys: Keys, now: datetime, *, library_id: int | None = None) -> Material:
    """Everything that a draft is drawn from: the campaign's report, or that of one library with its branches."""
    return _complete(tx, gather_figures(tx, campaign_id, keys, now, library_id=library_id), keys, now)


def gather_figures(
    tx: Connection,
    campaign_id: int,
    keys: Keys,
    now: datetime,
    *,
    library_id: int | None = None,
    version: int = DRAFT,
) -> Material:
    """The same as far as a version keeps it and its digest tells: without the photos and the year so far."""
    counted = summarize(tx, campaign_id, keys, now, library_id=library_id)
    return Material(
        summary=with_past(tx, with_confirmations(tx, counted), keys, now),
        wording=store.find_wording(tx, campaign_id),
        slots={slot.name: slot.words for slot in store.list_slots(tx, campaign_id, library_id)},
        version=version,
    )


def _complete(tx: Connection, material: Material, keys: Keys, now: datetime) -> Material:
    summary = material.summary
    return replace(
        material,
        photos=store.load_photos(tx, (photo.id for photo in summary.photos)),
        national=None if summary.library else count_year(tx, summary.campaign.ends_on.year, keys, now),
    )


def load_material(tx: Connection, version_id: int) -> Material:
    """What a version was made from, as it was then, without photos; raises NoResultFound."""
    figures, _ = store.read_figures(tx, version_id)
    return restore_material(figures)


def load_to_draw(tx: Connection, version_id: int, keys: Keys, now: datetime) -> Material:
    """The same with its photos, and with the year so far: that of other campaigns is not the version's to keep."""
    return _complete(tx, load_material(tx, version_id), keys, now)


def load_differences(tx: Connection, version_id: int) -> tuple[Difference, ...]:
    """What differs between a version and the one before it."""
    _, differences = store.read_figures(tx, version_id)
    return from_data(tuple[Difference, ...], differences)


# --- drafts ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DraftKept:
    """The draft stands, with its documents."""

    version: Version


@dataclass(frozen=True, slots=True)
class FrozenMeanwhile:
    """There are no drafts any more: the campaign was frozen."""


@dataclass(frozen=True, slots=True)
class NewerKept:
    """Somebody kept a draft with later figures while this one was drawn."""

    version: Version


def keep_draft(
    tx: Connection, material: Material, files: Mapping[str, bytes], now: datetime
) -> DraftKept | FrozenMeanwhile | NewerKept:
    """Put a drawn draft in place of the one before."""
    summary = material.summary
    campaign_id, library_id = summary.campaign.id, summary.library.id if summary.library else None
    if store.lock_closing(tx, campaign_id, alone=False).frozen_at is not None:
        return FrozenMeanwhile()
    values = {"digest": material.digest, "figures": keep_material(material), "made_at": summary.made_at}
    draft = store.save_draft(tx, {"campaign_id": campaign_id, "library_id": library_id, "differences": [], **values})
    if draft.made_at > summary.made_at:
        return NewerKept(draft)
    store.update_draft(tx, draft.id, values)
    store.save_documents(tx, draft.id, files, now)
    return DraftKept(store.get_version(tx, draft.id))


# --- versions --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Frozen:
    """The campaign's figures are frozen; the versions made, whose documents are still to be drawn."""

    versions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FrozenBefore:
    """Somebody froze it before."""


@dataclass(frozen=True, slots=True)
class NotDueYet:
    """Its hour has not come."""

    due_at: datetime


def freeze(
    tx: Connection, campaign_id: int, keys: Keys, now: datetime, *, actor: str, at_once: bool = False
) -> Frozen | FrozenBefore | NotDueYet:
    """Freeze a campaign's figures and make the version that holds them; `at_once`: whatever its hour.

    One conditional update decides, so any number of schedulers may try. A library's own report is frozen too, where
    somebody had one made.
    """
    closing = store.get_closing(tx, campaign_id)
    if closing.frozen_at is None and not at_once and not closing.is_due(now):
        return NotDueYet(closing.due_at)
    if not store.claim_freeze(tx, campaign_id, now):
        return FrozenBefore()
    scopes = {None, *store.list_scopes(tx, campaign_id)}
    number = _next_number(tx, campaign_id)
    made = tuple(
        _insert(tx, _gather_settled(tx, campaign_id, keys, now, scope, number), now)
        for scope in sorted(scopes, key=lambda scope: scope or 0)
    )
    note_audit(tx, actor, "freeze", f"campaign:{campaign_id}", {"version": number}, now)
    return Frozen(made)


def _gather_settled(
    tx: Connection, campaign_id: int, keys: Keys, now: datetime, library_id: int | None, number: int
) -> Material:
    """All figures of one moment. Doors go on checking in, and on PostgreSQL each query sees the moment at which it
    begins: what two readings one after the other agree on stood so between them.
    """
    before = None
    for _ in range(_MOST_READINGS):
        material = gather_figures(tx, campaign_id, keys, now, library_id=library_id, version=number)
        if tx.dialect.name == "sqlite" or material.digest == before:
            break
        before = material.digest
    return material


def _next_number(tx: Connection, campaign_id: int) -> int:
    latest = store.find_latest(tx, campaign_id, None)
    return max(FIRST, latest.number + 1 if latest else FIRST)


def add_first_version(
    tx: Connection, campaign_id: int, library_id: int | None, keys: Keys, now: datetime
) -> int | None:
    """A library's own report, first asked for after the freeze, under the number that the campaign's has now.

    The key of the new version; None when it has one, or nothing is frozen.
    """
    closing = store.lock_closing(tx, campaign_id, alone=True)
    latest = store.find_latest(tx, campaign_id, library_id)
    if closing.frozen_at is None or (latest is not None and latest.number > DRAFT):
        return None
    number = _next_number(tx, campaign_id) - 1
    return _insert(
        tx,
        gather_figures(tx, campaign_id, keys, now, library_id=library_id, version=number),
        now,
    )


@dataclass(frozen=True, slots=True)
class VersionLeft:
    """The figures have a new version; its documents are still to be drawn."""

    number: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class NotFrozen:
    """Nothing is frozen yet: changes go into the draft."""


@dataclass(frozen=True, slots=True)
class SameFigures:
    """The newest version holds these very figures and words."""

    number: int


def leave_version(
    tx: Connection, campaign_id: int, staff_id: int | None, reason: str, keys: Keys, now: datetime
) -> VersionLeft | NotFrozen | SameFigures:
    """After a manager's change to frozen figures, in the same transaction: keep them as the next version.

    With who, when, why and all that differs from the version before, what devices brought late included. Earlier
    versions stay as they are.
    """
    if store.lock_closing(tx, campaign_id, alone=True).frozen_at is None:
        return NotFrozen()
    number = _next_number(tx, campaign_id)
    left: tuple[Difference, ...] | None = None
    for scope in store.list_scopes(tx, campaign_id):
        before = store.find_latest(tx, campaign_id, scope)
        material = gather_figures(tx, campaign_id, keys, now, library_id=scope, version=number)
        if before is None or (before.number > DRAFT and before.digest == material.digest):
            continue
        differences = list_differences(load_material(tx, before.id).summary, material.summary)
        _insert(tx, material, now, differences=differences, reason=reason, staff_id=staff_id)
        left = differences if scope is None else left or differences
    if left is None:
        return SameFigures(number - 1)
    actor = f"staff:{staff_id}" if staff_id is not None else "command"
    detail = {"version": number, "reason": reason, "differences": len(left)}
    note_audit(tx, actor, "reissue", f"campaign:{campaign_id}", detail, now)
    return VersionLeft(number, left)


def _insert(
    tx: Connection,
    material: Material,
    now: datetime,
    *,
    differences: tuple[Difference, ...] = (),
    reason: str = "",
    staff_id: int | None = None,
) -> int:
    summary = material.summary
    return store.insert_version(
        tx,
        {
            "campaign_id": summary.campaign.id,
            "library_id": summary.library.id if summary.library else None,
            "number": material.version,
            "digest": material.digest,
            "figures": keep_material(material),
            "differences": to_data(differences),
            "reason": reason[:200],
            "staff_id": staff_id,
            "made_at": now,
        },
    )


def keep_version(tx: Connection, version_id: int, files: Mapping[str, bytes], now: datetime, *, link: str = "") -> bool:
    """Keep the drawn documents of a version, and tell of it; whether this call did it. They are never changed."""
    version = store.lock_version(tx, version_id)
    if store.has_documents(tx, version_id):
        return False
    store.save_documents(tx, version_id, files, now)
    if link and version.library_id is None and not version.reason:  # the freeze's; a manager knows of their own
        tell_of_version(tx, version, store.get_closing(tx, version.campaign_id), link, now)
    return True
