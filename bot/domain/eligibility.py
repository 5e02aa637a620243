"""Whether somebody may sign up: one pure function over the rules of the event and what is known of the reader.

Its refusals name the rule and carry the facts, so that the chat, the console and the audit all say the same. Capacity
and doubles are the database's to decide; everything else is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from itertools import product

from bot.domain.cards import CardFault, find_card_fault
from bot.domain.clock import local_day
from bot.domain.kinds import OccurrenceStatus, SignUp
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.rules import AgeOf, Rules


@dataclass(frozen=True, slots=True)
class Applicant:
    """What a reader has said so far; None where nothing was said yet.

    `ages` are whole years on the day of the occurrence, of the children or of all (`Rules.age_of`), in any order; of a
    group they are the youngest and the oldest. `card` is upper case without spaces.
    """

    party: Party | None = None
    ages: tuple[int, ...] | None = None
    card: str | None = None
    is_group: bool = False


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """A registration that counts against the reader's limits: held, confirmed, in line, or entered in a lottery."""

    occurrence_id: int
    event_id: int
    campaign_id: int
    number: int
    name: str
    starts_at: datetime | None
    ends_at: datetime | None
    all_day: bool
    lottery_set: str = ""  # of what is only a chance yet: of a set of lotteries a family wins one


@dataclass(frozen=True, slots=True)
class Suspension:
    """A time without sign-up, and why: the policy, the no-shows that were counted, and when it ends."""

    code: str
    policy: str
    starts_at: datetime
    ends_at: datetime
    counted: tuple[str, ...]  # names of the events, as readers know them
    limit: int  # so many no-shows (ban) or points (points) led to it
    window_days: int


@dataclass(frozen=True, slots=True)
class History:
    """What the store knows of the reader and bears on this sign-up.

    `family` are places at the same event under the same phone from other accounts; `card_groups` the allow-lists that
    the reader's card stands on.
    """

    places: tuple[OwnPlace, ...] = ()
    family: tuple[OwnPlace, ...] = ()
    card_groups: frozenset[str] = frozenset()
    suspension: Suspension | None = None

    def without(self, occurrence_ids: frozenset[int]) -> History:
        """The same but for places at these occurrences."""
        if not occurrence_ids:
            return self
        return replace(self, places=tuple(place for place in self.places if place.occurrence_id not in occurrence_ids))


NOTHING_KNOWN = History()


class Need(StrEnum):
    """What the rules ask for and nobody has said yet."""

    PARTY = "party"
    AGES = "ages"
    CARD = "card"


class PartyRule(StrEnum):
    """Which limit a party does not keep."""

    ADULTS_MIN = "adults_min"
    ADULTS_MAX = "adults_max"
    CHILDREN_MIN = "children_min"
    CHILDREN_MAX = "children_max"
    ONE_ADULT_PER_CHILD = "one_adult_per_child"
    GUARDIAN_UNDER = "guardian_under"


class Scope(StrEnum):
    """Over what places of one reader are counted."""

    EVENT = "event"
    DAY = "day"
    CAMPAIGN = "campaign"
    FAMILY = "family"
    LOTTERY_SET = "lottery_set"


@dataclass(frozen=True, slots=True)
class NoSignUpNeeded:
    """Open to all."""


@dataclass(frozen=True, slots=True)
class NotOpenYet:
    """Sign-up opens later."""

    opens_at: datetime


@dataclass(frozen=True, slots=True)
class SignUpClosed:
    """Sign-up is over."""

    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class OccurrenceCancelled:
    """The library called it off."""


@dataclass(frozen=True, slots=True)
class PartyTooLarge:
    """More people than one registration may bring, or than there are seats at all."""

    limit: int


@dataclass(frozen=True, slots=True)
class PartyMismatch:
    """The party does not have the people that the rule asks for."""

    broken: PartyRule
    limit: int


@dataclass(frozen=True, slots=True)
class AgeMismatch:
    """Somebody is too young or too old on the day: `age` in whole years, bounds inclusive."""

    age: int
    age_min: int | None
    age_max: int | None


@dataclass(frozen=True, slots=True)
class CardRefused:
    """The number is no reader card of this library."""

    fault: CardFault


@dataclass(frozen=True, slots=True)
class NotInGroup:
    """Only for readers on certain lists."""

    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlacesUsedUp:
    """As many places as the rule allows are taken already: these."""

    scope: Scope
    limit: int
    places: tuple[OwnPlace, ...]


@dataclass(frozen=True, slots=True)
class Overlaps:
    """The reader is elsewhere at that time."""

    place: OwnPlace


@dataclass(frozen=True, slots=True)
class Suspended:
    """The reader may not sign up for a time."""

    suspension: Suspension


SignUpRefusal = (
    NoSignUpNeeded
    | NotOpenYet
    | SignUpClosed
    | OccurrenceCancelled
    | Suspended
    | PartyTooLarge
    | PartyMismatch
    | AgeMismatch
    | CardRefused
    | NotInGroup
    | PlacesUsedUp
    | Overlaps
)


def decide_sign_up(
    facts: OccurrenceFacts,
    applicant: Applicant,
    history: History,
    now: datetime,
    *,
    is_held: bool = False,
) -> SignUpRefusal | None:
    """The first rule against signing up now, or None. What has not been said is not held against anybody.

    `is_held`: a place is kept for the reader, who began in time and may finish after closing.
    """
    for refusal in (
        _refuse_time(facts, now, is_held=is_held),
        _refuse_standing(history, now),
        _refuse_party(facts, applicant),
        _refuse_age(facts.rules, applicant),
        _refuse_card(facts.rules, applicant, history),
        _refuse_places(facts, history),
    ):
        if refusal is not None:
            return refusal
    return None


def find_need(rules: Rules, applicant: Applicant) -> Need | None:
    """The next thing to ask for, or None: the party, the ages that the rules are about, the card."""
    if applicant.party is None and fixed_party(rules) is None:
        return Need.PARTY
    party = applicant.party or fixed_party(rules)
    if party is not None and ages_needed(rules, party) and not _ages_suffice(rules, applicant, party):
        return Need.AGES
    if rules.card or rules.reader_groups:
        return Need.CARD if applicant.card is None else None
    return None


def fixed_party(rules: Rules) -> Party | None:
    """The party when the rules leave only one: 一大一小, or one person."""
    parties = list(_possible_parties(rules, most=2))
    if rules.party_limit == 1 and len(parties) > 1 and not rules.asks_age:
        return Party(1, 0)  # no rule asks whether it is a child
    return parties[0] if len(parties) == 1 else None


@lru_cache(256)
def smallest_party(rules: Rules) -> Party:
    """The fewest people who may come, grown-ups rather than children: what is held until the party is said."""
    for people in range(1, rules.party_limit + 1):
        for children in range(people + 1):
            party = Party(people - children, children)
            if _find_broken(rules, party) is None:
                return party
    return Party(1, 0)


def has_possible_party(rules: Rules) -> bool:
    """Whether anybody at all can come: limits of several levels may contradict each other."""
    return next(_possible_parties(rules, most=1), None) is not None


def ages_needed(rules: Rules, party: Party) -> bool:
    """Whether the rules can only be applied to this party when ages are known."""
    bounded = rules.age_min is not None or rules.age_max is not None
    if bounded and (rules.age_of is AgeOf.EVERYONE or party.children > 0):
        return True
    return rules.guardian_under is not None and party.children > 0 and party.adults == 0


def largest_party(facts: OccurrenceFacts, *, is_group: bool = False) -> int:
    """How many people one registration may bring; never more than there are seats."""
    most = facts.rules.party_limit
    if is_group and facts.rules.group_limit is not None:
        most = max(most, facts.rules.group_limit)
    return most


def _possible_parties(rules: Rules, most: int) -> Iterator[Party]:
    """Up to `most` parties that keep the rules."""
    found = 0
    limit = rules.party_limit
    for adults, children in product(range(limit + 1), repeat=2):
        party = Party(adults, children)
        if 1 <= party.people <= limit and _find_broken(rules, party) is None:
            yield party
            found += 1
            if found == most:
                return


def _refuse_time(facts: OccurrenceFacts, now: datetime, *, is_held: bool) -> SignUpRefusal | None:
    if facts.status is OccurrenceStatus.CANCELLED:
        return OccurrenceCancelled()
    if facts.sign_up is SignUp.NONE:
        return NoSignUpNeeded()
    if facts.opens_at is not None and now < facts.opens_at:
        return NotOpenYet(facts.opens_at)
    end = facts.sign_up_ends_at
    return SignUpClosed(end) if end is None or (now >= end and not is_held) else None


def _refuse_standing(history: History, now: datetime) -> SignUpRefusal | None:
    suspension = history.suspension
    if suspension is None or not suspension.starts_at <= now < suspension.ends_at:
        return None
    return Suspended(suspension)


def _refuse_party(facts: OccurrenceFacts, applicant: Applicant) -> SignUpRefusal | None:
    party = applicant.party
    if party is None:
        return None
    is_group = _is_welcome_group(facts.rules, applicant)
    limit = largest_party(facts, is_group=is_group)
    if not 1 <= party.people <= limit:
        return PartyTooLarge(limit)
    if not is_group and (broken := _find_broken(facts.rules, party)):
        return broken
    if facts.seats is not None and facts.rules.seats_of(party.adults, party.children) > facts.seats:
        return PartyTooLarge(min(limit, facts.seats))
    under = facts.rules.guardian_under
    if under is not None and party.adults == 0 and applicant.ages and min(applicant.ages) < under:
        return PartyMismatch(PartyRule.GUARDIAN_UNDER, under)
    return None


def _is_welcome_group(rules: Rules, applicant: Applicant) -> bool:
    """Calling oneself a group frees from the rules about a family only where groups may sign up."""
    return applicant.is_group and rules.group_limit is not None


def _find_broken(rules: Rules, party: Party) -> PartyMismatch | None:
    if party.adults < rules.adults_min:
        return PartyMismatch(PartyRule.ADULTS_MIN, rules.adults_min)
    if rules.adults_max is not None and party.adults > rules.adults_max:
        return PartyMismatch(PartyRule.ADULTS_MAX, rules.adults_max)
    fewest = max(rules.children_min, 1 if _is_for_children(rules) else 0)
    if party.children < fewest:
        return PartyMismatch(PartyRule.CHILDREN_MIN, fewest)
    if rules.children_max is not None and party.children > rules.children_max:
        return PartyMismatch(PartyRule.CHILDREN_MAX, rules.children_max)
    if rules.one_adult_per_child and party.adults != party.children:
        return PartyMismatch(PartyRule.ONE_ADULT_PER_CHILD, 1)
    return None


def _is_for_children(rules: Rules) -> bool:
    """Bounds on the age of children mean that one comes."""
    return rules.age_of is AgeOf.CHILDREN and (rules.age_min is not None or rules.age_max is not None)


def _ages_suffice(rules: Rules, applicant: Applicant, party: Party) -> bool:
    if applicant.ages is None:
        return False
    if _is_welcome_group(rules, applicant):
        return bool(applicant.ages)
    return len(applicant.ages) == (party.people if rules.age_of is AgeOf.EVERYONE else party.children)


def _refuse_age(rules: Rules, applicant: Applicant) -> SignUpRefusal | None:
    for age in applicant.ages or ():
        too_young = rules.age_min is not None and age < rules.age_min
        too_old = rules.age_max is not None and age > rules.age_max
        if too_young or too_old:
            return AgeMismatch(age, rules.age_min, rules.age_max)
    return None


def _refuse_card(rules: Rules, applicant: Applicant, history: History) -> SignUpRefusal | None:
    if applicant.card is None or not (rules.card or rules.reader_groups):
        return None
    fault = find_card_fault(applicant.card, rules.card_masks, rules.card_check)
    if fault is not None:
        return CardRefused(fault)
    if rules.reader_groups and not history.card_groups.intersection(rules.reader_groups):
        return NotInGroup(rules.reader_groups)
    return None


def _refuse_places(facts: OccurrenceFacts, history: History) -> SignUpRefusal | None:
    others = tuple(place for place in history.places if place.occurrence_id != facts.id)
    rules = facts.rules
    day = local_day(facts.starts_at) if facts.starts_at else None
    same_day = tuple(
        place for place in others if day is not None and place.starts_at and local_day(place.starts_at) == day
    )
    for scope, limit, counted in (
        (Scope.EVENT, rules.per_event, tuple(place for place in others if place.event_id == facts.event_id)),
        (Scope.DAY, rules.per_day, same_day),
        (Scope.CAMPAIGN, rules.per_campaign, tuple(p for p in others if p.campaign_id == facts.campaign_id)),
        (Scope.FAMILY, 1 if rules.one_per_family else None, history.family),
    ):
        if limit is not None and len(counted) >= limit:
            return PlacesUsedUp(scope, limit, counted)
    if rules.overlap:
        return None
    rivals = (place for place in others if not rules.lottery_set or place.lottery_set != rules.lottery_set)
    return next((Overlaps(place) for place in rivals if _overlap(facts, place)), None)


def _overlap(facts: OccurrenceFacts, place: OwnPlace) -> bool:
    """What lasts all day leaves room for other things; the end of one may be the start of the next."""
    if facts.starts_at is None or place.starts_at is None or facts.all_day or place.all_day:
        return False
    end, other_end = facts.ends_at or facts.starts_at, place.ends_at or place.starts_at
    if facts.starts_at == place.starts_at:
        return True
    return facts.starts_at < other_end and place.starts_at < end
