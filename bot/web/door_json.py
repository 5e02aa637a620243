"""Outcomes at a door as the scanner's page gets them: colour, word, line, and what staff may do next.

The page never asks twice to tell a volunteer what to do. Names and digits are told at the ticket's own door only.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.domain.act_reading import SentAct, Unread, moment_ms
from bot.domain.checkin import Attendance
from bot.domain.closing import FiguresFrozen
from bot.domain.door import Before
from bot.domain.kinds import ScanResult
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.tally import TallyRecorded
from bot.services.door import RegisteredOnly, UndoAnswer, WalkInsAnswer
from bot.services.door_lists import ServedDoor, is_today, masked_name
from bot.services.scans import ScanAnswer
from bot.store.pii import Keys
from bot.texts import door as words
from bot.texts.closing import figures_frozen
from bot.texts.moments import place_words, time_words
from bot.web.venues import decide_phase

Json = dict[str, Any]

_RED = (ScanResult.UNKNOWN, ScanResult.NOT_REGISTERED, ScanResult.CANCELLED, ScanResult.REVOKED)
_KINDS = {"SentScan": "scan", "SentWalkIns": "walk_in", "SentTally": "tally", "SentUndo": "undo"}


def attendance_json(seen: Attendance, left: int | None) -> Json:
    """n/N of a door; `left`: seats still free, null without a limit."""
    return {"came": seen.came, "expected": seen.expected, "walk_ins": seen.walk_ins, "left": left}


def door_json(door: ServedDoor, now: datetime, *, walk_ins: bool) -> Json:
    """An occurrence to choose."""
    facts = door.facts
    return {
        "number": facts.number,
        "title": facts.title,
        "label": facts.label,
        "when": time_words(facts),
        "venue": facts.venue or facts.library_name,
        "starts_at": _ms(facts.starts_at),
        "opens_at": _ms(facts.check_in_opens_at),
        "closes_at": _ms(facts.check_in_closes_at),
        "phase": decide_phase(facts, now),
        "today": is_today(facts, now),
        "walk_ins": walk_ins,
        "party_max": facts.rules.party_limit,
        "attendance": attendance_json(door.attendance, door.left),
    }


def scan_json(
    act: SentAct, answer: ScanAnswer, left: int | None, keys: Keys, now: datetime, *, tells_person: bool
) -> Json:
    """What a scan came to. `tells_person`: false for a session that is over by its time and only brings."""
    detail = answer.detail if tells_person else None
    is_here = detail is not None and detail.facts.id == answer.door.id
    name = masked_name(detail, keys) if detail is not None and is_here else ""
    last4 = detail.last_digits(keys) if detail is not None and is_here else ""
    party = detail.registration.party if detail is not None else None
    who = words.Who(name, last4, party)
    told = _told(act, answer.result.value, *_say(answer, who, now))
    told |= {"may_admit": answer.may_admit, "may_add": answer.may_add, "people": answer.people}
    told["attendance"] = attendance_json(answer.attendance, left)
    if is_here:
        told |= {"name": name, "last4": last4}
    if party is not None:
        told |= {"adults": party.adults, "children": party.children}
    if answer.before is not None:
        told["before"] = _before_json(answer.before)
    if answer.right is not None:
        told["right"] = _right_json(answer.right)
    return told


def _say(answer: ScanAnswer, who: words.Who, now: datetime) -> tuple[str, str, str]:
    """Tone, word and line."""
    result = answer.result
    if result is ScanResult.OK:
        return "green", words.WORDS[result], words.scan_ok(who, answer.people, from_line=answer.from_line)
    if result is ScanResult.ALREADY and answer.before is not None:
        return "amber", words.WORDS[result], words.scan_already(who, answer.before, now, may_add=answer.may_add)
    if result is ScanResult.DUPLICATE:
        return "amber", words.WORDS[result], words.scan_duplicate(who, answer.before, now)
    if answer.was_let_in:
        word = words.LET_IN_UNKNOWN if result is ScanResult.UNKNOWN else words.LET_IN
        return "amber", word, words.let_in(result, who, answer.people, answer.right)
    line = words.scan_refused(result, who, answer.door, answer.right, may_admit=answer.may_admit)
    return "red" if result in _RED else "amber", words.WORDS[result], line


def walk_ins_json(act: SentAct, answer: WalkInsAnswer, left: int | None) -> Json:
    """Walk-ins were counted."""
    line = words.walk_ins_counted(answer.people, answer.attendance.walk_ins)
    told = _told(act, "ok", "green", words.COUNTED, line)
    return told | {"people": answer.people, "attendance": attendance_json(answer.attendance, left)}


def registered_only_json(act: SentAct, answer: RegisteredOnly) -> Json:
    """Walk-ins that the rules do not take."""
    return _told(act, "not_allowed", "red", words.NOT_ALLOWED, words.registered_only(answer.door))


def frozen_json(act: SentAct, answer: FiguresFrozen) -> Json:
    """Done after the figures were frozen, by somebody who is no manager."""
    return _told(act, "not_allowed", "red", words.NOT_ALLOWED, figures_frozen(answer))


def tally_json(act: SentAct, answer: TallyRecorded) -> Json:
    """A quantity was noted."""
    return _told(act, "ok", "green", words.NOTED, words.tally_noted(answer))


def undo_json(act: SentAct, answer: UndoAnswer, left: int | None) -> Json:
    """Taken back or not."""
    if not answer.held:
        return _told(act, "nothing_to_undo", "amber", words.NOTHING_TO_UNDO, words.nothing_to_undo())
    told = _told(act, "undone", "green", words.UNDONE, words.undone())
    if answer.door is not None and answer.attendance is not None:
        told |= {"number": answer.door.number, "attendance": attendance_json(answer.attendance, left)}
    return told


def not_served_json(act: SentAct, number: int, *, is_known: bool) -> Json:
    """Not this member's door."""
    line = words.not_served(number) if is_known else words.unknown_door(number)
    return _told(act, "not_served", "red", words.NOT_SERVED, line)


def unread_json(unread: Unread) -> Json:
    """Not an act; never stored."""
    line = words.act_fault(unread.fault, unread.tally)
    return _line(unread.id, unread.kind, "invalid", "red", words.INVALID, line)


def try_again_json(act: SentAct, *, guessed: bool = False) -> Json:
    """Not decided: the device keeps what was done and sends it again."""
    line = words.slow_down() if guessed else words.try_again()
    return _told(act, "try_again", "amber", words.TRY_AGAIN, line)


def kind_of(act: SentAct) -> str:
    """The kind of an act as devices call it."""
    return _KINDS[type(act).__name__]


def _told(act: SentAct, result: str, tone: str, word: str, detail: str) -> Json:
    return _line(act.id, kind_of(act), result, tone, word, detail)


def _line(act_id: str | None, kind: str, result: str, tone: str, word: str, detail: str) -> Json:
    told = {"id": act_id, "kind": kind, "result": result, "tone": tone, "word": word, "detail": detail}
    return told | {"may_admit": False, "may_add": False}


def _before_json(before: Before) -> Json:
    return {"at": moment_ms(before.at), "by": words.by_words(before), "way": before.way}


def _right_json(right: OccurrenceFacts) -> Json:
    return {"number": right.number, "title": right.name, "when": time_words(right), "venue": place_words(right)}


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else moment_ms(moment)
