"""Versions of reports with their documents, what people wrote into them, and the locks of the freeze."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, exists, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.closing import DRAFT, Closing
from bot.store.report_tables import photo, report_document, report_slot, report_version
from bot.store.tables import campaign

_CLOSING: Select[Any] = select(
    campaign.c.id,
    campaign.c.key,
    campaign.c.title,
    campaign.c.ends_on,
    campaign.c.freezes_at,
    campaign.c.frozen_at,
)


def get_closing(tx: Connection, campaign_id: int) -> Closing:
    """How a campaign stands with its freeze; raises NoResultFound."""
    return Closing(*tx.execute(_CLOSING.where(campaign.c.id == campaign_id)).one())


def lock_closing(tx: Connection, campaign_id: int, *, alone: bool) -> Closing:
    """The same, and nobody freezes the campaign before this transaction ends; `alone`: nobody else has the lock.

    On SQLite nobody else writes anyway.
    """
    locked = _CLOSING.where(campaign.c.id == campaign_id).with_for_update(read=not alone, key_share=alone)
    return Closing(*tx.execute(locked).one())


def list_unfrozen(tx: Connection) -> list[Closing]:
    """Campaigns that were not frozen yet, by id."""
    return [Closing(*row) for row in tx.execute(_CLOSING.where(campaign.c.frozen_at.is_(None)).order_by(campaign.c.id))]


def claim_freeze(tx: Connection, campaign_id: int, now: datetime) -> bool:
    """Freeze a campaign; whether this call did it. The row stays locked until the end of the transaction."""
    frozen = tx.execute(
        update(campaign).where(campaign.c.id == campaign_id, campaign.c.frozen_at.is_(None)).values(frozen_at=now)
    )
    return frozen.rowcount == 1


def end_freeze(tx: Connection, campaign_id: int) -> None:
    """Open a campaign's figures again; its versions stay, and the next freeze makes the one after them."""
    frozen = (campaign.c.id == campaign_id) & campaign.c.frozen_at.is_not(None)
    tx.execute(update(campaign).where(frozen).values(frozen_at=None))


def find_wording(tx: Connection, campaign_id: int) -> dict[str, Any]:
    """How the campaign's report is to be written, where it differs from the usual."""
    return dict(tx.execute(select(campaign.c.wording).where(campaign.c.id == campaign_id)).scalar_one())


# --- versions --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a report, without its figures. `library_id` None: the campaign's; `number` 0: the draft."""

    id: int
    campaign_id: int
    library_id: int | None
    number: int
    digest: str
    reason: str
    staff_id: int | None
    made_at: datetime


_VERSION: Select[Any] = select(
    report_version.c.id,
    report_version.c.campaign_id,
    report_version.c.library_id,
    report_version.c.number,
    report_version.c.digest,
    report_version.c.reason,
    report_version.c.staff_id,
    report_version.c.made_at,
)


def of_scope(campaign_id: int, library_id: int | None) -> ColumnElement[bool]:
    """The condition for the versions of one report."""
    own = report_version.c.library_id
    return (report_version.c.campaign_id == campaign_id) & (own.is_(None) if library_id is None else own == library_id)


def list_versions(tx: Connection, campaign_id: int, library_id: int | None) -> list[Version]:
    """The versions of one report, newest first; the draft stands last."""
    query = _VERSION.where(of_scope(campaign_id, library_id)).order_by(report_version.c.number.desc())
    return [Version(*row) for row in tx.execute(query)]


def list_scopes(tx: Connection, campaign_id: int) -> list[int | None]:
    """Whose reports there are: None for the campaign's own, then libraries by id."""
    query = select(report_version.c.library_id).where(report_version.c.campaign_id == campaign_id).distinct()
    found = {row[0] for row in tx.execute(query)}
    return [*([None] if None in found else []), *sorted(each for each in found if each is not None)]


def find_version(tx: Connection, campaign_id: int, library_id: int | None, number: int) -> Version | None:
    """The version of this number."""
    row = tx.execute(_VERSION.where(of_scope(campaign_id, library_id), report_version.c.number == number)).first()
    return Version(*row) if row else None


def find_latest(tx: Connection, campaign_id: int, library_id: int | None) -> Version | None:
    """The newest version; the draft when there is no other."""
    return next(iter(list_versions(tx, campaign_id, library_id)), None)


def get_version(tx: Connection, version_id: int) -> Version:
    """A version by its key; raises NoResultFound."""
    return Version(*tx.execute(_VERSION.where(report_version.c.id == version_id)).one())


def lock_version(tx: Connection, version_id: int) -> Version:
    """The same, locked until the end of the transaction."""
    return Version(*tx.execute(_VERSION.where(report_version.c.id == version_id).with_for_update()).one())


def read_figures(tx: Connection, version_id: int) -> tuple[dict[str, Any], list[Any]]:
    """The figures of a version and what differs from the one before it, as they were kept."""
    query = select(report_version.c.figures, report_version.c.differences).where(report_version.c.id == version_id)
    row = tx.execute(query).one()
    return row.figures, row.differences


def insert_version(tx: Connection, values: Mapping[str, object]) -> int:
    """Store a version of number 1 or more; its key. Raises IntegrityError when the number is taken."""
    made = tx.execute(insert(report_version).values(**values).returning(report_version.c.id))
    return int(made.scalar_one())


def save_draft(tx: Connection, values: Mapping[str, Any]) -> Version:
    """Let there be a draft, and lock it: the one that there is, as it was, or a new one with these values."""
    dialect = sqlite if tx.dialect.name == "sqlite" else postgresql
    tx.execute(dialect.insert(report_version).values(**values, number=DRAFT).on_conflict_do_nothing())
    draft = of_scope(values["campaign_id"], values["library_id"]) & (report_version.c.number == DRAFT)
    return Version(*tx.execute(_VERSION.where(draft).with_for_update()).one())


def update_draft(tx: Connection, version_id: int, values: Mapping[str, object]) -> None:
    """Put other figures into a draft, whose lock the caller has."""
    tx.execute(update(report_version).where(report_version.c.id == version_id).values(**values))


# --- documents -------------------------------------------------------------------------------------------------------


def list_undrawn(tx: Connection) -> list[int]:
    """Versions, but for drafts, that have no documents yet, oldest first."""
    drawn = exists().where(report_document.c.version_id == report_version.c.id)
    query = select(report_version.c.id).where(report_version.c.number > DRAFT, ~drawn).order_by(report_version.c.id)
    return [row[0] for row in tx.execute(query)]


def has_documents(tx: Connection, version_id: int) -> bool:
    """Whether a version was drawn."""
    query = select(report_document.c.id).where(report_document.c.version_id == version_id).limit(1)
    return tx.execute(query).first() is not None


def save_documents(tx: Connection, version_id: int, files: Mapping[str, bytes], now: datetime) -> None:
    """Store the files of a version in place of those that it has; the caller has the version's lock."""
    tx.execute(delete(report_document).where(report_document.c.version_id == version_id))
    rows = [
        {"version_id": version_id, "name": name, "content": content, "made_at": now} for name, content in files.items()
    ]
    tx.execute(insert(report_document), rows)


def list_documents(tx: Connection, version_id: int) -> list[str]:
    """Names of the files of a version, in the order stored."""
    query = select(report_document.c.name).where(report_document.c.version_id == version_id)
    return [row[0] for row in tx.execute(query.order_by(report_document.c.id))]


def read_document(tx: Connection, version_id: int, name: str) -> bytes | None:
    """One file of a version."""
    where = (report_document.c.version_id == version_id) & (report_document.c.name == name)
    content = tx.execute(select(report_document.c.content).where(where)).scalar()
    return None if content is None else bytes(content)


def load_photos(tx: Connection, photo_ids: Iterable[int]) -> dict[int, bytes]:
    """The pictures of these photos. A photo's picture never changes; taken back, it is still that of old versions."""
    query = select(photo.c.id, photo.c.picture).where(photo.c.id.in_(list(photo_ids)), photo.c.picture.is_not(None))
    return {row.id: bytes(row.picture) for row in tx.execute(query.order_by(photo.c.id))}


# --- slots -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Slot:
    """What a person wrote in place of generated words."""

    name: str
    words: str
    staff_id: int | None
    edited_at: datetime


def list_slots(tx: Connection, campaign_id: int, library_id: int | None) -> list[Slot]:
    """The written slots of one report, by name."""
    columns = (report_slot.c.name, report_slot.c.words, report_slot.c.staff_id, report_slot.c.edited_at)
    query = select(*columns).where(_slot_scope(campaign_id, library_id)).order_by(report_slot.c.name)
    return [Slot(*row) for row in tx.execute(query)]


def save_slot(tx: Connection, campaign_id: int, library_id: int | None, slot: Slot) -> None:
    """Write a slot, over what stood there."""
    dialect = sqlite if tx.dialect.name == "sqlite" else postgresql
    written = {"words": slot.words, "staff_id": slot.staff_id, "edited_at": slot.edited_at}
    key = {"campaign_id": campaign_id, "library_id": library_id, "name": slot.name}
    target = ["campaign_id", "name"] if library_id is None else ["campaign_id", "library_id", "name"]
    own = report_slot.c.library_id
    statement = dialect.insert(report_slot).values(**key, **written)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=target,
            index_where=own.is_(None) if library_id is None else own.is_not(None),
            set_=written,
        )
    )


def delete_slot(tx: Connection, campaign_id: int, library_id: int | None, name: str) -> bool:
    """Let the generated words stand again; whether somebody had written any."""
    gone = tx.execute(delete(report_slot).where(_slot_scope(campaign_id, library_id), report_slot.c.name == name))
    return gone.rowcount > 0


def _slot_scope(campaign_id: int, library_id: int | None) -> ColumnElement[bool]:
    own = report_slot.c.library_id
    return (report_slot.c.campaign_id == campaign_id) & (own.is_(None) if library_id is None else own == library_id)
