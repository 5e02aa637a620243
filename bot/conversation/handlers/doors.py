"""签到, 核销 and the scan: getting people in."""

from __future__ import annotations

from bot.conversation.intents import Intent
from bot.conversation.talk import Talk
from bot.domain.checkin import CheckedIn, CheckedInBefore, CheckInOutcome, ScanRefused
from bot.domain.kinds import ScanResult
from bot.services.checkins import check_in_by_venue_code, check_in_scanned, check_in_short_code
from bot.texts import checkins as words
from bot.texts import staff as staff_words

CODE_LENGTH = 6
VENUE_CODE = "venue-code"


def check_in_self(talk: Talk, intent: Intent) -> str:
    """签到 with the code of the screen at the door."""
    if intent.code is None:
        return words.how_to_check_in()
    if talk.desk.attempts.used_up(talk.sender, VENUE_CODE):
        return words.too_many_tries()
    if len(intent.code) != CODE_LENGTH or not intent.code.isdigit():
        return words.code_invalid()
    outcome = check_in_by_venue_code(talk.tx, talk.person.id, intent.code, intent.people, talk.desk.keys, talk.now)
    talk.changed = True  # a refused scan is written down as well
    match outcome:
        case CheckedIn():
            return words.checked_in_self(outcome)
        case CheckedInBefore():
            return words.checked_in_self_before(outcome)
        case ScanRefused():
            if outcome.result is ScanResult.UNKNOWN:
                talk.desk.attempts.note_wrong(talk.sender, VENUE_CODE)
            return words.self_refused(outcome)


def redeem(talk: Talk, intent: Intent) -> str:
    """核销 with a short code or a pasted ticket address."""
    if talk.staff is None:
        return staff_words.not_staff()
    if intent.code is None:
        return staff_words.how_to_redeem()
    if len(intent.code) > CODE_LENGTH:
        return scan(talk, intent.code)
    talk.changed = True
    people = intent.people
    outcome = check_in_short_code(talk.tx, talk.staff, intent.code, talk.desk.keys, talk.now, people=people)
    return _to_staff(outcome, people)


def scan(talk: Talk, code: str) -> str:
    """What the chat's scanner read."""
    if talk.staff is None:
        return words.scan_not_staff()
    talk.changed = True
    return _to_staff(check_in_scanned(talk.tx, talk.staff, code, talk.desk.keys, talk.now))


def _to_staff(outcome: CheckInOutcome, said: int | None = None) -> str:
    match outcome:
        case CheckedIn():
            return words.scanned(outcome, said)
        case CheckedInBefore():
            return words.scanned_before(outcome)
        case ScanRefused():
            return words.scan_refused(outcome)
