"""What a summary tells beside places and check-ins: arrivals by hour, lines, ratings, ages, media, notes and photos."""

from __future__ import annotations

from sqlalchemy import Connection, and_, case, func, literal, or_, select, union_all

from bot.domain.coverage import MediaItem, Medium, NoteFacts, PhotoFacts
from bot.domain.door import WalkInAudience
from bot.domain.summary_facts import AgeCount, ArrivalCount, LineCount, RatingCount
from bot.store.door_tables import checkin, walk_in
from bot.store.local_time import local_hour_of
from bot.store.occurrences import HAS_COME
from bot.store.report_tables import media_item, note, photo, rating
from bot.store.tables import registration

SATISFIED_FROM = 4
"""Answers of 4 and 5 of 5 are satisfied ones (library-domain T4)."""


WAITED = or_(registration.c.queued_at.is_not(None), registration.c.status.in_(("waitlisted", "offered")))
"""Registrations that ever stood in a line. Who is erased while waiting is passed over without a place in it, and still
waited (promise I8)."""
GOT_A_PLACE = or_(registration.c.promoted_at.is_not(None), registration.c.confirmed_at.is_not(None))
CHILDREN_WHO_CAME = case((registration.c.children < checkin.c.people, registration.c.children), else_=checkin.c.people)
"""Of a party of which not all came, no more than came."""


def list_arrivals(tx: Connection, ids: list[int]) -> tuple[ArrivalCount, ...]:
    """People by the local hour in which they came: checked in, let in without a place, or counted at the door."""
    scanned = select(
        checkin.c.occurrence_id.label("occurrence_id"),
        local_hour_of(func.coalesce(checkin.c.device_at, checkin.c.received_at)).label("hour"),
        checkin.c.people.label("people"),
    ).where(checkin.c.occurrence_id.in_(ids), checkin.c.counted_as.is_not(None))
    noted = select(walk_in.c.occurrence_id, local_hour_of(walk_in.c.noted_at), walk_in.c.people).where(
        walk_in.c.occurrence_id.in_(ids), walk_in.c.undone_at.is_(None)
    )
    came = union_all(scanned, noted).subquery()
    query = (
        select(came.c.occurrence_id, came.c.hour, func.sum(came.c.people))
        .group_by(came.c.occurrence_id, came.c.hour)
        .order_by(came.c.hour, came.c.occurrence_id)
    )
    return tuple(ArrivalCount(place, hour, int(people)) for place, hour, people in tx.execute(query))


def list_lines(tx: Connection, ids: list[int]) -> tuple[LineCount, ...]:
    """By occurrence, how many registrations ever stood in the line, and how many of them got a place."""
    query = (
        select(registration.c.occurrence_id, func.count(), func.sum(case((GOT_A_PLACE, 1), else_=0)))
        .where(registration.c.occurrence_id.in_(ids), WAITED)
        .group_by(registration.c.occurrence_id)
        .order_by(registration.c.occurrence_id)
    )
    return tuple(LineCount(place, int(waited), int(promoted)) for place, waited, promoted in tx.execute(query))


def list_ratings(tx: Connection, ids: list[int]) -> tuple[RatingCount, ...]:
    """By occurrence: how many rated it, the sum of their stars, and how many were satisfied."""
    satisfied = func.sum(case((rating.c.stars >= SATISFIED_FROM, 1), else_=0))
    query = (
        select(rating.c.occurrence_id, func.count(), func.sum(rating.c.stars), satisfied)
        .where(rating.c.occurrence_id.in_(ids))
        .group_by(rating.c.occurrence_id)
        .order_by(rating.c.occurrence_id)
    )
    return tuple(
        RatingCount(place, int(count), int(stars), int(good)) for place, count, stars, good in tx.execute(query)
    )


def list_ages(tx: Connection, ids: list[int]) -> tuple[AgeCount, ...]:
    """Children of the parties that came, and whom the doors noted as children or old people."""
    parties = (
        select(
            checkin.c.occurrence_id.label("occurrence_id"),
            CHILDREN_WHO_CAME.label("children"),
            literal(0).label("seniors"),
        )
        .join(registration, registration.c.id == checkin.c.registration_id)
        .where(checkin.c.occurrence_id.in_(ids), HAS_COME, registration.c.children > 0)
    )
    known = (WalkInAudience.CHILD.value, WalkInAudience.SENIOR.value)
    noted = select(
        walk_in.c.occurrence_id,
        case((walk_in.c.audience == known[0], walk_in.c.people), else_=0),
        case((walk_in.c.audience == known[1], walk_in.c.people), else_=0),
    ).where(
        and_(walk_in.c.occurrence_id.in_(ids), walk_in.c.undone_at.is_(None), walk_in.c.audience.in_(known)),
    )
    both = union_all(parties, noted).subquery()
    query = (
        select(both.c.occurrence_id, func.sum(both.c.children), func.sum(both.c.seniors))
        .group_by(both.c.occurrence_id)
        .order_by(both.c.occurrence_id)
    )
    return tuple(AgeCount(place, int(children), int(seniors)) for place, children, seniors in tx.execute(query))


def list_media(tx: Connection, campaign_id: int) -> tuple[MediaItem, ...]:
    """The media log of a campaign, by day, the undated last."""
    item = media_item.c
    query = (
        select(item.id, item.library_id, item.event_id, item.day, item.medium)
        .add_columns(item.outlet, item.title, item.link, item.place)
        .where(item.campaign_id == campaign_id, item.undone_at.is_(None))
        .order_by(item.day.is_(None), item.day, item.id)
    )
    return tuple(
        MediaItem(id_, library_id, event_id, day, Medium(medium), outlet, title, link, place)
        for id_, library_id, event_id, day, medium, outlet, title, link, place in tx.execute(query)
    )


def list_notes(tx: Connection, campaign_id: int) -> tuple[NoteFacts, ...]:
    """What staff wrote down in a campaign, in order."""
    query = (
        select(note.c.id, note.c.library_id, note.c.event_id, note.c.occurrence_id, note.c.words)
        .where(note.c.campaign_id == campaign_id, note.c.undone_at.is_(None))
        .order_by(note.c.id)
    )
    return tuple(NoteFacts(*row) for row in tx.execute(query))


def list_photos(tx: Connection, campaign_id: int) -> tuple[PhotoFacts, ...]:
    """The photos of a campaign that were fetched, without their bytes, in order."""
    query = (
        select(photo.c.id, photo.c.library_id, photo.c.event_id, photo.c.occurrence_id)
        .add_columns(photo.c.caption, photo.c.width, photo.c.height)
        .where(photo.c.campaign_id == campaign_id, photo.c.undone_at.is_(None), photo.c.picture.is_not(None))
        .order_by(photo.c.id)
    )
    return tuple(PhotoFacts(*row) for row in tx.execute(query))
