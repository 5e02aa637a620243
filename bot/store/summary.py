"""The one query set behind every figure: a handful of grouped queries over a campaign, read in one view."""

from __future__ import annotations

from sqlalchemy import Connection, and_, case, func, or_, select, union_all

from bot.domain.audience import audience_of
from bot.domain.counting import CountingRules, read_rules
from bot.domain.kinds import Category, Mode, OccurrenceStatus, SignUp
from bot.domain.summary_facts import (
    CampaignWindow,
    CheckinCount,
    CountedEvent,
    CountedLibrary,
    CountedOccurrence,
    Place,
    PlaceCount,
    SummaryFacts,
    UsedCount,
    Visit,
    WalkInCount,
)
from bot.store.door_tables import checkin, walk_in
from bot.store.local_time import local_day_of
from bot.store.occurrences import HAS_COME
from bot.store.persons import name_visits
from bot.store.pii import Keys
from bot.store.summary_beside import (
    list_ages,
    list_arrivals,
    list_lines,
    list_media,
    list_notes,
    list_photos,
    list_ratings,
)
from bot.store.tables import campaign, event, event_library, library, occurrence, reader, registration, venue
from bot.store.tallies import list_tallies
from bot.texts.audiences import AUDIENCE_MARKS


def load_summary_facts(tx: Connection, campaign_id: int, keys: Keys, *, with_persons: bool = True) -> SummaryFacts:
    """Everything a summary is made from; raises NoResultFound when there is no such campaign.

    `with_persons`: also who came, so that different persons can be counted: one row for each visit, half of the time.
    """
    window, rules = _window(tx, campaign_id)
    occurrences = _occurrences(tx, campaign_id)
    # Named one by one: with a join PostgreSQL took minutes for a week whose tables it had not analysed yet.
    ids = [counted.id for counted in occurrences]
    return SummaryFacts(
        campaign=window,
        rules=rules,
        libraries=_libraries(tx),
        events=_events(tx, campaign_id),
        occurrences=occurrences,
        places=_places(tx, ids),
        used=_used(tx, ids),
        checkins=_checkins(tx, ids),
        walk_ins=_walk_ins(tx, ids),
        visits=_visits(tx, campaign_id, ids, keys) if with_persons else (),
        tallies=tuple(list_tallies(tx, campaign_id)),
        arrivals=list_arrivals(tx, ids),
        lines=list_lines(tx, ids),
        ratings=list_ratings(tx, ids),
        ages=list_ages(tx, ids),
        media=list_media(tx, campaign_id),
        notes=list_notes(tx, campaign_id),
        photos=list_photos(tx, campaign_id),
    )


def _window(tx: Connection, campaign_id: int) -> tuple[CampaignWindow, CountingRules]:
    row = tx.execute(select(campaign).where(campaign.c.id == campaign_id)).one()
    window = CampaignWindow(
        id=row.id,
        key=row.key,
        title=row.title,
        theme=row.theme,
        library_id=row.library_id,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        addressee=row.addressee,
        basis=tuple(row.basis),
        freezes_at=row.freezes_at,
        frozen_at=row.frozen_at,
    )
    return window, read_rules(row.counting)


def _libraries(tx: Connection) -> tuple[CountedLibrary, ...]:
    query = select(library).order_by(library.c.position, library.c.id)
    return tuple(
        CountedLibrary(row.id, row.code, row.name, row.level, row.parent_id, tuple(row.aliases), row.population)
        for row in tx.execute(query)
    )


def _events(tx: Connection, campaign_id: int) -> tuple[CountedEvent, ...]:
    partners: dict[int, list[int]] = {}
    partner_query = (
        select(event_library)
        .join(event, event.c.id == event_library.c.event_id)
        .where(event.c.campaign_id == campaign_id)
        .order_by(event_library.c.library_id)
    )
    for row in tx.execute(partner_query):
        partners.setdefault(row.event_id, []).append(row.library_id)
    query = select(event).where(event.c.campaign_id == campaign_id).order_by(event.c.position, event.c.id)
    return tuple(
        CountedEvent(
            id=row.id,
            key=row.key,
            title=row.title,
            category=Category(row.category),
            kind=row.kind,
            library_id=row.library_id,
            parent_id=row.parent_id,
            partner_library_ids=tuple(partners.get(row.id, ())),
            partners=tuple(row.partners),
            audience=tuple(row.audience),
            speaker=row.speaker,
            sign_up=SignUp(row.sign_up),
            summary=row.summary,
            audience_class=audience_of(tuple(row.audience), AUDIENCE_MARKS),
        )
        for row in tx.execute(query)
    )


def _occurrences(tx: Connection, campaign_id: int) -> tuple[CountedOccurrence, ...]:
    query = (
        select(occurrence, venue.c.name.label("venue_name"))
        .outerjoin(venue, venue.c.id == occurrence.c.venue_id)
        .where(occurrence.c.campaign_id == campaign_id)
        .order_by(occurrence.c.number)
    )
    return tuple(
        CountedOccurrence(
            id=row.id,
            number=row.number,
            key=row.key,
            event_id=row.event_id,
            label=row.label,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            all_day=row.all_day,
            date_text=row.date_text,
            venues=tuple(name for name in (row.venue_name, *row.extra_venues) if name),
            capacity=row.capacity,
            mode=Mode(row.mode),
            status=OccurrenceStatus(row.status),
        )
        for row in tx.execute(query)
    )


_PEOPLE = func.coalesce(func.sum(registration.c.adults + registration.c.children), 0)
_WAS_A_PLACE = or_(registration.c.confirmed_at.is_not(None), registration.c.queued_at.is_not(None))
PLACE = case(  # a place that was only held during a dialogue was never a registration
    (registration.c.status == "confirmed", Place.REGISTERED.value),
    (registration.c.status.in_(("waitlisted", "offered")), Place.WAITLISTED.value),
    (and_(registration.c.status == "cancelled", _WAS_A_PLACE), Place.CANCELLED.value),
)
_CHECKIN_DAY = local_day_of(func.coalesce(checkin.c.device_at, checkin.c.received_at))


def _places(tx: Connection, ids: list[int]) -> tuple[PlaceCount, ...]:
    place = PLACE.label("place")
    query = (
        select(registration.c.occurrence_id, place, func.count(), _PEOPLE)
        .where(registration.c.occurrence_id.in_(ids))
        .group_by(registration.c.occurrence_id, place)
    )
    return tuple(
        PlaceCount(occurrence_id, Place(state), int(count), int(people))
        for occurrence_id, state, count, people in tx.execute(query)
        if state is not None
    )


def _used(tx: Connection, ids: list[int]) -> tuple[UsedCount, ...]:
    """Confirmed registrations that were checked in: from the check-in to its registration, by key."""
    query = (
        select(checkin.c.occurrence_id, func.count(), _PEOPLE)
        .join(registration, registration.c.id == checkin.c.registration_id)
        .where(checkin.c.occurrence_id.in_(ids), HAS_COME, registration.c.status == "confirmed")
        .group_by(checkin.c.occurrence_id)
    )
    return tuple(
        UsedCount(occurrence_id, int(count), int(people)) for occurrence_id, count, people in tx.execute(query)
    )


def _checkins(tx: Connection, ids: list[int]) -> tuple[CheckinCount, ...]:
    query = (
        select(checkin.c.occurrence_id, _CHECKIN_DAY, func.count(), func.sum(checkin.c.people))
        .where(checkin.c.occurrence_id.in_(ids), HAS_COME)
        .group_by(checkin.c.occurrence_id, _CHECKIN_DAY)
    )
    return tuple(
        CheckinCount(occurrence_id, on, int(count), int(people))
        for occurrence_id, on, count, people in tx.execute(query)
    )


def _walk_ins(tx: Connection, ids: list[int]) -> tuple[WalkInCount, ...]:
    """People counted at the door, and those who were scanned and let in without a place."""
    noted = select(
        walk_in.c.occurrence_id.label("occurrence_id"),
        local_day_of(walk_in.c.noted_at).label("day"),
        walk_in.c.people.label("people"),
    ).where(walk_in.c.occurrence_id.in_(ids), walk_in.c.undone_at.is_(None))
    let_in = select(checkin.c.occurrence_id, _CHECKIN_DAY, checkin.c.people).where(
        checkin.c.occurrence_id.in_(ids), checkin.c.counted_as == "walk_in"
    )
    both = union_all(noted, let_in).subquery()
    query = select(both.c.occurrence_id, both.c.day, func.sum(both.c.people)).group_by(both.c.occurrence_id, both.c.day)
    return tuple(WalkInCount(occurrence_id, on, int(people)) for occurrence_id, on, people in tx.execute(query))


def _visits(tx: Connection, campaign_id: int, ids: list[int], keys: Keys) -> tuple[Visit, ...]:
    """Who came where and when, one row for each; only so can the same person be known at two places."""
    query = (
        select(
            registration.c.reader_id,
            reader.c.openid,
            registration.c.person_hash,
            checkin.c.occurrence_id,
            _CHECKIN_DAY,
            checkin.c.id,
        )
        .select_from(checkin)
        .join(registration, registration.c.id == checkin.c.registration_id)
        .join(reader, reader.c.id == registration.c.reader_id)
        .where(checkin.c.occurrence_id.in_(ids), HAS_COME)
    )
    rows = list(tx.execute(query))
    visits = name_visits(
        ((reader_id, openid, left, at, day) for reader_id, openid, left, at, day, _ in rows), campaign_id, keys
    )
    return tuple(Visit(*visit, checkin_id=row.id) for visit, row in zip(visits, rows, strict=True))
