"""报名 12 乐乐 15 朵朵: siblings at different occurrences of one event, both or none, read back before it counts."""

from __future__ import annotations

import re
from itertools import pairwise

from bot.conversation.dialogue import SigningUpTogether
from bot.conversation.handlers.applying import guardian_consent, has_agreed, named_in
from bot.conversation.intents import Intent
from bot.conversation.talk import Talk
from bot.domain.ages import possible_ages, settle_age
from bot.domain.clock import local_day
from bot.domain.eligibility import Applicant, find_need
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.services.amendments import AllRegistered, NoneRegistered, Wish, sign_up_together
from bot.services.lotteries import takes_entries
from bot.services.registrations import Details
from bot.store.amendments import find_card
from bot.store.companions import Dependant, Member, list_dependants
from bot.store.occurrences import find_occurrence, find_public_by_number
from bot.texts import families as words

_NUMBER = re.compile(r"(?<!\d)\d{1,4}(?!\d)")

Part = tuple[OccurrenceFacts, list[Dependant]]


def start_together(talk: Talk, intent: Intent) -> str | None:
    """Read the sentence as several children at several occurrences; None when it is not that."""
    if intent.number is None or talk.person.id == 0 or not _NUMBER.search(intent.words):
        return None
    children = list_dependants(talk.tx, talk.person.id, talk.desk.keys)
    parts = _parts_of(talk, intent, children) if len(children) > 1 else None
    if parts is None:
        return None
    named_once = {child.id for _, named in parts for child in named}
    if len(named_once) < sum(len(named) for _, named in parts):
        return words.each_child_once(parts[0][0])
    if not has_agreed(talk) or talk.contact() is None or guardian_consent(talk) is None:
        return words.one_first(parts[0][0])
    if any(_wish(talk, *part) is None or takes_entries(talk.tx, part[0]) for part in parts):
        return words.one_by_one([facts for facts, _ in parts])
    talk.next = SigningUpTogether(tuple((facts.id, tuple(child.id for child in named)) for facts, named in parts))
    return words.read_back_together([(facts, [child.nickname for child in named]) for facts, named in parts])


def confirm_together(talk: Talk, asked: SigningUpTogether) -> str:
    """确认: both or none."""
    talk.look_again()
    if not has_agreed(talk) or talk.contact() is None:
        return words.not_together_any_more()
    children = {child.id: child for child in list_dependants(talk.tx, talk.person.id, talk.desk.keys)}
    wishes = []
    for occurrence_id, ids in asked.parts:
        facts = find_occurrence(talk.tx, occurrence_id)
        named = [children[each] for each in ids if each in children]
        wish = _wish(talk, facts, named) if facts and named else None
        if facts is None or wish is None:
            return words.not_together_any_more()
        wishes.append(wish)
    match sign_up_together(talk.tx, talk.person.id, tuple(wishes), talk.desk.keys, talk.now):
        case AllRegistered(outcomes):
            talk.changed = True
            done = [(wish.facts, outcome.registration) for wish, outcome in zip(wishes, outcomes, strict=True)]
            return words.all_registered(
                [(facts, place.short_code, talk.desk.ticket_url(place.id)) for facts, place in done]
            )
        case NoneRegistered(facts, outcome):
            return words.none_registered(facts, outcome)


def _parts_of(talk: Talk, intent: Intent, children: list[Dependant]) -> list[Part] | None:
    """Each number with the nicknames behind it; at least two, all of one event, each with a child."""
    first = find_public_by_number(talk.tx, intent.number or 0, talk.now)
    cuts = list(_NUMBER.finditer(intent.words))
    starts = [0, *(match.end() for match in cuts)]
    ends = [*(match.start() for match in cuts), len(intent.words)]
    found = [first, *(find_public_by_number(talk.tx, int(match.group()), talk.now) for match in cuts)]
    parts: list[Part] = []
    for facts, start, end in zip(found, starts, ends, strict=True):
        named = named_in(intent.words[start:end], children)
        if facts is None or not named:
            return None
        parts.append((facts, named))
    same_event = all(one[0].event_id == other[0].event_id for one, other in pairwise(parts))
    return parts if same_event and len({facts.id for facts, _ in parts}) == len(parts) else None


def _wish(talk: Talk, facts: OccurrenceFacts, named: list[Dependant]) -> Wish | None:
    """Everything that this occurrence asks for, from the record; None when something is not there."""
    rules = facts.rules
    adults = max(1, rules.adults_min, len(named) if rules.one_adult_per_child else 0)
    party = Party(adults, len(named))
    day = local_day(facts.starts_at or talk.now)
    ages = [settle_age(possible_ages((child.birth_year, None), day), rules) for child in named]
    consent_id = guardian_consent(talk)
    if None in ages or consent_id is None or facts.questions:
        return None
    sure = tuple(age for age in ages if age is not None)
    card = find_card(talk.tx, talk.person.id, talk.desk.keys) if rules.card or rules.reader_groups else None
    if find_need(rules, Applicant(party, sure, card)) is not None:
        return None
    members = tuple(Member(age, consent_id, child.id) for age, child in zip(sure, named, strict=True))
    return Wish(facts, party, Details(ages=sure, card=card, members=members if rules.asks_age else ()))
