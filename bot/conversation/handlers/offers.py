"""确认 and 放弃 on a freed place that was offered."""

from __future__ import annotations

from bot.conversation.dialogue import Listing, Paging
from bot.conversation.intents import Intent
from bot.conversation.talk import Talk
from bot.domain.kinds import RegistrationStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.waitlist import NothingOffered, OfferDeclined, OfferLapsed, OfferOfNoUse, OfferOutcome, OfferTaken
from bot.services.waitlists import accept_offer, decline_offer
from bot.store.lines import find_lapsed_offer, get_offer_until
from bot.store.occurrences import get_occurrence
from bot.store.registration_details import RegistrationDetail, list_details_of_reader
from bot.texts import sign_up as sign_up_words
from bot.texts import waitlist as words


def answer_named(talk: Talk, intent: Intent, *, yes: bool) -> str | None:
    """确认 12, 放弃 12: the offer of number 12, whatever else is being asked; None when that is what is meant."""
    if intent.number is None or _asked_about(talk) == intent.number:
        return None
    own = [detail for detail in _own(talk) if detail.facts.number == intent.number]
    offered = [detail for detail in own if detail.registration.status is RegistrationStatus.OFFERED]
    if offered:
        talk.next = talk.dialogue
        return _answer(talk, offered[0].facts, yes=yes)
    if not isinstance(talk.dialogue, Listing | Paging | None):
        return None
    lapsed = find_lapsed_offer(talk.tx, talk.person.id, talk.now, intent.number)
    if lapsed is not None and not own:
        return _too_late(talk, lapsed)
    if yes and own and own[0].registration.status is RegistrationStatus.CONFIRMED:
        return _has_ticket(talk, own[0])
    return words.nothing_offered(intent.number)


def answer_bare(talk: Talk, *, yes: bool) -> str | None:
    """确认, 放弃 with nothing else open: the only offer, or which of them; None when there is none."""
    offered = [detail for detail in _own(talk) if detail.registration.status is RegistrationStatus.OFFERED]
    if len(offered) > 1:
        found = [(detail.facts, get_offer_until(talk.tx, detail.registration.id)) for detail in offered]
        return words.which_offer(found, yes=yes)
    if offered:
        return _answer(talk, offered[0].facts, yes=yes)
    lapsed = find_lapsed_offer(talk.tx, talk.person.id, talk.now) if yes else None
    return _too_late(talk, lapsed) if lapsed is not None else None


def _own(talk: Talk) -> list[RegistrationDetail]:
    return list_details_of_reader(talk.tx, talk.person.id, talk.now)


def _asked_about(talk: Talk) -> int | None:
    """The number of the occurrence that the open question is about."""
    occurrence_id = getattr(talk.dialogue, "occurrence_id", None)
    return get_occurrence(talk.tx, occurrence_id).number if occurrence_id is not None else None


def _answer(talk: Talk, facts: OccurrenceFacts, *, yes: bool) -> str:
    decide = accept_offer if yes else decline_offer
    outcome = decide(talk.tx, facts.id, talk.person.id, talk.now)
    talk.changed = True
    return _say(talk, facts, outcome)


def _say(talk: Talk, facts: OccurrenceFacts, outcome: OfferOutcome) -> str:
    """Every end of an offer, in words."""
    match outcome:
        case OfferTaken(registration):
            url = talk.desk.ticket_url(registration.id)
            return words.offer_taken(facts, registration.party, url, registration.short_code)
        case OfferDeclined():
            return words.offer_declined(facts)
        case OfferLapsed():
            return _too_late(talk, facts.id)
        case OfferOfNoUse():
            return words.offer_cancelled(facts)
        case NothingOffered():
            return words.nothing_offered(facts.number)


def _too_late(talk: Talk, occurrence_id: int) -> str:
    facts = get_occurrence(talk.tx, occurrence_id)
    return words.offer_lapsed(facts, can_wait=facts.rules.waitlist and facts.promotes(talk.now))


def _has_ticket(talk: Talk, detail: RegistrationDetail) -> str:
    place = detail.registration
    url = talk.desk.ticket_url(place.id)
    return sign_up_words.already_registered(detail.facts, place, url)
