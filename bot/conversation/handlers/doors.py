"""签到, 核销 and the scan: getting people in."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from bot.conversation.handlers.sessions import give_scanner
from bot.conversation.intents import Intent
from bot.conversation.talk import Talk
from bot.domain.checkin import (
    CheckedIn,
    CheckedInBefore,
    CheckInOutcome,
    CountedIn,
    NoRoom,
    ScanRefused,
    SelfCheckInOutcome,
)
from bot.domain.door import Stamp
from bot.domain.kinds import ScanResult
from bot.domain.occurrence import OccurrenceFacts
from bot.services.checkins import check_in_scanned, check_in_short_code
from bot.services.paper import mark_code
from bot.services.self_check_in import check_in_by_venue_code, list_open_places
from bot.services.staff import serves
from bot.store.occurrences import find_by_number
from bot.store.readers import StaffMember
from bot.texts import checkins as words
from bot.texts import paper as paper_words
from bot.texts import staff as staff_words
from bot.texts import vocabulary
from bot.texts.sign_up import no_such_number

CODE_LENGTH = 6
VENUE_CODE = "venue-code"
AT_VENUE = "at-venue"
CHAT_DEVICE = "chat"
MOST_AT_VENUE = 50
"""Wrong codes within ten minutes, of all who are expected at a venue. With three of a million codes good at a time,
guessers with any number of accounts get in once in 6,000 such spells."""


def check_in_self(talk: Talk, intent: Intent) -> str:
    """签到 with the code of the screen at the door, typed or scanned."""
    if intent.code is None:
        wants_scanner = talk.staff is not None and vocabulary.SCAN in talk.text
        return give_scanner(talk, intent) if wants_scanner else words.how_to_check_in()
    if talk.desk.attempts.used_up(talk.sender, VENUE_CODE):
        return words.too_many_tries()
    if len(intent.code) != CODE_LENGTH or not intent.code.isdigit():
        return words.code_invalid()
    if _is_paused(talk):
        return words.self_check_in_paused()
    outcome = check_in_by_venue_code(talk.tx, talk.person.id, intent.code, intent.people, talk.desk.keys, talk.now)
    talk.changed = True  # a refused scan is written down as well
    return _to_reader(talk, outcome)


def _to_reader(talk: Talk, outcome: SelfCheckInOutcome) -> str:
    match outcome:
        case CheckedIn():
            return words.checked_in_self(outcome)
        case CheckedInBefore():
            return words.checked_in_self_before(outcome)
        case CountedIn():
            return words.counted_in(outcome)
        case NoRoom():
            return words.no_room(outcome)
        case ScanRefused():
            if outcome.result is ScanResult.UNKNOWN:
                _note_guess(talk)
            return words.self_refused(outcome)


def _is_paused(talk: Talk) -> bool:
    """Whether too many wrong codes were sent by those who are expected where this reader is."""
    places = list_open_places(talk.tx, talk.person.id, talk.now)
    return any(talk.desk.attempts.used_up(_place_of(facts), AT_VENUE, MOST_AT_VENUE) for facts in places)


def _note_guess(talk: Talk) -> None:
    talk.desk.attempts.note_wrong(talk.sender, VENUE_CODE)
    for facts in list_open_places(talk.tx, talk.person.id, talk.now):
        talk.desk.attempts.note_wrong(_place_of(facts), AT_VENUE)


def _place_of(facts: OccurrenceFacts) -> str:
    return f"venue:{facts.venue_id}" if facts.venue_id is not None else f"occurrence:{facts.id}"


def redeem(talk: Talk, intent: Intent) -> str:
    """核销 with a short code or a pasted ticket address."""
    if talk.staff is None:
        return staff_words.not_staff()
    if intent.codes:
        return _redeem_off_paper(talk, talk.staff, intent.codes)
    if intent.code is None:
        return staff_words.how_to_redeem()
    if len(intent.code) > CODE_LENGTH:
        return scan(talk, intent.code)
    talk.changed = True
    people = intent.people
    outcome = check_in_short_code(talk.tx, talk.staff, intent.code, talk.desk.keys, talk.now, people=people)
    return _to_staff(outcome, people)


def _redeem_off_paper(talk: Talk, member: StaffMember, codes: Sequence[tuple[str, int | None]]) -> str:
    """核销 with several codes: a paper list, also after the doors have closed."""
    if len(codes) > paper_words.MOST_CODES:
        return paper_words.too_many_codes()
    marked = []
    for code, people in dict(codes).items():
        stamp = Stamp(str(uuid4()), CHAT_DEVICE, talk.now)
        marked.append(mark_code(talk.tx, member, code, people, stamp, talk.desk.keys, talk.now))
    talk.changed = True
    return paper_words.chat_report(marked)


def show_sheet(talk: Talk, intent: Intent) -> str:
    """签到表 12: where it is to be had."""
    if talk.staff is None:
        return staff_words.not_staff()
    if intent.number is None:
        return paper_words.how_to_get_sheet()
    facts = find_by_number(talk.tx, intent.number, talk.now)
    if facts is None:
        return no_such_number(intent.number)
    if not serves(talk.tx, talk.staff, facts):
        return staff_words.not_served(facts)
    base = f"{talk.desk.public_url}/staff"
    return paper_words.sheet_link(facts, f"{base}/sheet/{facts.number}.docx", f"{base}/paper/{facts.number}")


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
