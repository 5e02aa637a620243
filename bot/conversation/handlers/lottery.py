"""What 详情 and 我的 say of a lottery. Entering is signing up; the draw tells by notices."""

from __future__ import annotations

from bot.conversation.talk import Talk
from bot.domain.kinds import RegistrationStatus
from bot.domain.lottery import Lot, draw_due_at, is_by_lot, read_published
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.registration import Registration
from bot.services.lotteries import find_entry
from bot.store.lotteries import count_entries, find_entry_number, find_lottery
from bot.texts import lottery as words


def describe_lottery(talk: Talk, facts: OccurrenceFacts) -> str | None:
    """Window, entries so far, moment of the draw, own number, digest of the seed; None where nothing is drawn."""
    if not is_by_lot(facts):
        return None
    lottery = find_lottery(talk.tx, facts.id)
    if lottery is not None and lottery.drawn_at is not None:
        result = read_published(lottery.result)
        said = words.drawn_lottery(lottery.drawn_at, len(result.of(Lot.WON)), len(result.entries))
    else:
        own = find_entry(talk.tx, facts, talk.person.id)
        entries = count_entries(talk.tx, facts.id)
        said = words.open_lottery(facts, draw_due_at(facts), entries, own.number if own else None)
    if lottery is None:
        return said
    return f"{said}\n{words.digest_words(lottery.seed_digest, talk.desk.lottery_url(facts.number))}"


def own_entry(talk: Talk, facts: OccurrenceFacts, registration: Registration) -> str | None:
    """The line of an entry that waits for the draw."""
    if registration.status is not RegistrationStatus.ENTERED:
        return None
    number = find_entry_number(talk.tx, registration.id)
    return None if number is None else words.own_entry(number, draw_due_at(facts))
