"""What is known of a sign-up so far: from the dialogue, the record and the event's rules to one applicant."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation.dialogue import SigningUp
from bot.conversation.slots import SignUpSlots
from bot.conversation.talk import Talk
from bot.domain.ages import Birth, possible_ages, settle_age
from bot.domain.clock import local_day
from bot.domain.eligibility import Applicant, SignUpRefusal, ages_needed, fixed_party, smallest_party
from bot.domain.kinds import ConsentKind
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.registration import Contact
from bot.services.registrations import Details, find_refusal
from bot.store.amendments import find_card, find_consent
from bot.store.companions import Dependant, Member, list_dependants
from bot.texts import consent as consent_words


def with_slots(request: SigningUp, slots: SignUpSlots) -> SigningUp:
    """The same with what a message said; what it did not say stays."""
    party_said = slots.adults is not None or slots.children is not None
    births: tuple[Birth, ...] = (*slots.birth_months, *((year, None) for year in slots.birth_years))
    ages_said = bool(slots.ages or births)
    return replace(
        request,
        name=slots.name or request.name,
        phone=slots.phone or request.phone,
        adults=slots.adults if party_said else request.adults,
        children=slots.children if party_said else request.children,
        ages=slots.ages if ages_said else request.ages,
        births=births if ages_said else request.births,
        card=slots.card or request.card,
        group=slots.group or request.group,
    )


def with_dependants(talk: Talk, facts: OccurrenceFacts, request: SigningUp, words: str) -> SigningUp:
    """Children on the reader's record who are called by their nicknames: the party and their ages follow from that."""
    by_name = request.name is not None and request.phone is None and talk.contact() is not None
    if not words or talk.person.id == 0 or not (facts.rules.asks_age or by_name):
        return request
    called = named_in(words, list_dependants(talk.tx, talk.person.id, talk.desk.keys))
    if not called:
        return request
    adults = request.adults if request.adults is not None else max(1, facts.rules.adults_min)
    if facts.rules.one_adult_per_child:
        adults = max(adults, len(called))
    is_nickname = request.name is not None and any(request.name in child.nickname + words for child in called)
    return replace(
        request,
        name=None if is_nickname and request.phone is None else request.name,
        adults=adults,
        children=len(called),
        dependants=tuple(child.id for child in called),
    )


def named_in(words: str, children: list[Dependant]) -> list[Dependant]:
    """The children whose nicknames stand in the words, the longest nickname first, each place read once."""
    left, found = words, []
    for child in sorted(children, key=lambda each: len(each.nickname), reverse=True):
        if child.nickname and child.nickname in left:
            left = left.replace(child.nickname, "\x00", 1)
            found.append(child)
    return sorted(found, key=lambda child: child.id)


def party_of(facts: OccurrenceFacts, request: SigningUp) -> Party | None:
    """Who comes: as said, or the only party that the rules allow."""
    return request.party or fixed_party(facts.rules)


def ages_of(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> tuple[int, ...] | None:
    """Ages on the day; None when none were said, or when the rules cannot be applied to a birth without asking."""
    if request.ages:
        return request.ages
    births: list[Birth] = list(request.births)
    if not births and request.dependants:
        known = {child.id: child for child in list_dependants(talk.tx, talk.person.id, talk.desk.keys)}
        births = [(known[each].birth_year, None) for each in request.dependants if each in known]
    if not births:
        return None
    day = local_day(facts.starts_at or talk.now)
    settled = [settle_age(possible_ages(birth, day), facts.rules) for birth in births]
    ages = [age for age in settled if age is not None]
    return tuple(ages) if len(ages) == len(settled) else None


def asks_ages(facts: OccurrenceFacts, party: Party | None) -> bool:
    """Whether ages are needed to apply the rules to this party; others are not asked for and not kept (P1)."""
    return party is not None and ages_needed(facts.rules, party)


def applicant_of(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> Applicant:
    """All that is known, for the rules to decide about."""
    party = party_of(facts, request)
    ages = ages_of(talk, facts, request) if asks_ages(facts, party) else None
    return Applicant(party, ages, card_of(talk, facts, request), request.group)


def card_of(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> str | None:
    """The card as typed, else the one on record; only where the rules ask for one."""
    if not (facts.rules.card or facts.rules.reader_groups):
        return None
    return request.card or (find_card(talk.tx, talk.person.id, talk.desk.keys) if talk.person.id else None)


def contact_of(talk: Talk, request: SigningUp) -> Contact:
    """What was typed, completed from the record; empty where nothing is known."""
    on_record = talk.contact()
    return Contact(
        request.name or (on_record.name if on_record else ""), request.phone or (on_record.phone if on_record else "")
    )


def refusal_of(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> SignUpRefusal | None:
    """The rule against what was said so far."""
    applicant = applicant_of(talk, facts, request)
    phone = _phone_to_look_for(talk, request)
    return find_refusal(talk.tx, talk.person.id, facts, applicant, talk.desk.keys, talk.now, phone)


def _phone_to_look_for(talk: Talk, request: SigningUp) -> str | None:
    """A phone is compared with others only once its owner has agreed to its use; before, it is only kept in mind."""
    return request.phone if has_agreed(talk) else None


def has_agreed(talk: Talk) -> bool:
    """Whether the consent to the present notice is in force."""
    return talk.person.privacy_version == consent_words.PRIVACY_VERSION


def guardian_consent(talk: Talk) -> int | None:
    """The guardian's consent in force."""
    if talk.person.id == 0:
        return None
    return find_consent(talk.tx, talk.person.id, ConsentKind.GUARDIAN, consent_words.GUARDIAN_VERSION)


def details_of(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> Details:
    """What is written with the registration. Ages of grown-ups and of groups are decided upon and not kept."""
    party = party_of(facts, request) or smallest_party(facts.rules)
    ages = ages_of(talk, facts, request) if asks_ages(facts, party) else None
    return Details(
        ages=ages,
        card=card_of(talk, facts, request),
        is_group=request.group,
        members=members_of(talk, request, party, ages or ()),
        answers=request.answers,
        phone=_phone_to_look_for(talk, request),
    )


def members_of(talk: Talk, request: SigningUp, party: Party, ages: tuple[int, ...]) -> tuple[Member, ...]:
    """The children whose ages are kept, under the guardian's consent; of everybody's ages the lowest are theirs."""
    consent_id = guardian_consent(talk) if ages and party.children and not request.group else None
    if consent_id is None:
        return ()
    dependants: tuple[int | None, ...] = request.dependants
    youngest = sorted(ages)[: party.children] if len(ages) > party.children else list(ages)
    return tuple(
        Member(age, consent_id, dependants[place] if place < len(dependants) else None)
        for place, age in enumerate(youngest)
    )
