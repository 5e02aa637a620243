"""POST /staff/api/acts: what devices did, each act in a transaction of its own and answered for itself."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from bot.domain.act_reading import (
    ActFault,
    SentAct,
    SentScan,
    SentTally,
    SentUndo,
    SentWalkIns,
    Unread,
    read_act,
)
from bot.domain.closing import FiguresFrozen
from bot.domain.door import ScanAct, Stamp, UndoAct, WalkInAct, happened_at
from bot.domain.kinds import ScanResult
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.ticket import find_token
from bot.services.door import RegisteredOnly, record_tally_act, record_undo, record_walk_ins
from bot.services.door_lists import read_ref
from bot.services.scans import NotAtThisDoor, OtherAct, record_scan
from bot.store.occurrences import count_seats_left, find_by_number_around
from bot.store.readers import StaffMember
from bot.web import door_json
from bot.web.context import PageContext
from bot.web.door_json import Json, kind_of

UNKNOWN_CODES_A_MINUTE = 20
CLASHES = frozenset({"40P01", "23505"})
"""PostgreSQL's codes for two that wait for each other, and for two that add the counted row of a party at once."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Upload:
    """One request of a device. `device_now`: its clock at that moment, by which the times of its acts are set right;
    `only_brings`: its session is over by its time, so it is told how its acts were taken and nothing of readers."""

    context: PageContext
    member: StaffMember
    session_id: int
    device: str
    device_now: datetime
    received: datetime
    only_brings: bool = False

    @property
    def guesser(self) -> str:
        """Under which name wrong codes are counted."""
        return f"staff session {self.session_id}"

    def stamp(self, act: SentAct, facts: OccurrenceFacts | None) -> Stamp:
        """What is written beside the act."""
        return Stamp(act.id, self.device, happened_at(act.at, self.device_now, self.received, facts))


def answer_acts(upload: Upload, sent: list[object]) -> list[Json]:
    """Take all acts in order; raises OperationalError when the database is away, and then all may be sent again."""
    seen: dict[str, SentAct] = {}
    return [_answer(upload, read_act(value), seen) for value in sent]


def _answer(upload: Upload, act: SentAct | Unread, seen: dict[str, SentAct]) -> Json:
    if isinstance(act, Unread):
        return door_json.unread_json(act)
    if seen.setdefault(act.id, act) != act:
        return _other_act(act)
    guesses = isinstance(act, SentScan) and _may_be_guessed(act)
    brake = upload.context.brake
    if guesses and brake.is_guessing(upload.guesser, UNKNOWN_CODES_A_MINUTE):
        return door_json.try_again_json(act, guessed=True)
    try:
        answer = _record_twice(upload, act)
    except OperationalError:
        raise
    except Exception as error:
        _log_without_words(error)
        return door_json.try_again_json(act)
    if guesses and answer["result"] == ScanResult.UNKNOWN.value:
        brake.note_failure(upload.guesser)
    return answer


def _record_twice(upload: Upload, act: SentAct) -> Json:
    """In a transaction of its own; once more when it clashed with another's, which the second time is seen."""
    try:
        with upload.context.db.writing() as tx:
            return _record(tx, upload, act)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in CLASHES:
            raise
    with upload.context.db.writing() as tx:
        return _record(tx, upload, act)


def _may_be_guessed(act: SentScan) -> bool:
    """Six typed characters can be tried out, a signed ticket cannot; people who are in already are no guess."""
    return not act.admitted and not act.refused and not act.ref and find_token(act.code) is None


def _log_without_words(error: Exception) -> None:
    """Where it failed and how; the message of an error may quote what was scanned."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    _log.error("act_failed %s at %s:%s", type(error).__name__, place.name, place.lineno)


def _other_act(act: SentAct) -> Json:
    return door_json.unread_json(Unread(act.id, kind_of(act), ActFault.OTHER_ACT))


def _record(tx: Connection, upload: Upload, act: SentAct) -> Json:
    if isinstance(act, SentUndo):
        return _record_undo(tx, upload, act)
    at = happened_at(act.at, upload.device_now, upload.received, None)
    facts = find_by_number_around(tx, act.occurrence, at, upload.received)
    if facts is None:
        return door_json.not_served_json(act, act.occurrence, is_known=False)
    if isinstance(act, SentScan):
        return _record_scan(tx, upload, act, facts)
    if isinstance(act, SentWalkIns):
        return _record_walk_ins(tx, upload, act, facts)
    return _record_tally(tx, upload, act, facts)


def _record_scan(tx: Connection, upload: Upload, sent: SentScan, facts: OccurrenceFacts) -> Json:
    keys, now = upload.context.keys, upload.received
    picked = read_ref(sent.ref, facts.id, keys) if sent.ref else None
    if sent.ref and picked is None:
        return door_json.unread_json(Unread(sent.id, kind_of(sent), ActFault.CODE))
    act = ScanAct(upload.stamp(sent, facts), sent.code, picked, sent.people, sent.admitted, sent.way, sent.refused)
    answer = record_scan(tx, upload.member, facts, act, keys, now)
    if isinstance(answer, OtherAct):
        return _other_act(sent)
    if isinstance(answer, NotAtThisDoor):
        return door_json.not_served_json(sent, facts.number, is_known=True)
    return door_json.scan_json(sent, answer, answer.left, keys, now, tells_person=not upload.only_brings)


def _record_walk_ins(tx: Connection, upload: Upload, sent: SentWalkIns, facts: OccurrenceFacts) -> Json:
    now = upload.received
    act = WalkInAct(upload.stamp(sent, facts), sent.people, sent.audience, sent.admitted)
    answer = record_walk_ins(tx, upload.member, facts, act, now)
    if isinstance(answer, OtherAct):
        return _other_act(sent)
    if isinstance(answer, NotAtThisDoor):
        return door_json.not_served_json(sent, facts.number, is_known=True)
    if isinstance(answer, RegisteredOnly):
        return door_json.registered_only_json(sent, answer)
    if isinstance(answer, FiguresFrozen):
        return door_json.frozen_json(sent, answer)
    return door_json.walk_ins_json(sent, answer, count_seats_left(tx, facts, now))


def _record_tally(tx: Connection, upload: Upload, sent: SentTally, facts: OccurrenceFacts) -> Json:
    answer = record_tally_act(tx, upload.member, facts, upload.stamp(sent, facts), sent.entry)
    if isinstance(answer, OtherAct):
        return _other_act(sent)
    if isinstance(answer, NotAtThisDoor):
        return door_json.not_served_json(sent, facts.number, is_known=True)
    if isinstance(answer, FiguresFrozen):
        return door_json.frozen_json(sent, answer)
    return door_json.tally_json(sent, answer)


def _record_undo(tx: Connection, upload: Upload, sent: SentUndo) -> Json:
    answer = record_undo(tx, upload.member, UndoAct(upload.stamp(sent, None), sent.of), upload.received)
    if isinstance(answer, OtherAct):
        return _other_act(sent)
    if isinstance(answer, FiguresFrozen):
        return door_json.frozen_json(sent, answer)
    left = count_seats_left(tx, answer.door, upload.received) if answer.held and answer.door else None
    return door_json.undo_json(sent, answer, left)
