"""The rule space of sign-up, walked by Hypothesis: one function decides, and its refusals carry their facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.ages import possible_ages, settle_age
from bot.domain.cards import CardFault, find_card_fault
from bot.domain.clock import local_day
from bot.domain.eligibility import (
    NOTHING_KNOWN,
    AgeMismatch,
    Applicant,
    CardRefused,
    History,
    Need,
    NotInGroup,
    NotOpenYet,
    OccurrenceCancelled,
    Overlaps,
    OwnPlace,
    PartyMismatch,
    PartyTooLarge,
    PlacesUsedUp,
    Scope,
    SignUpClosed,
    Suspended,
    Suspension,
    decide_sign_up,
    find_need,
    fixed_party,
)
from bot.domain.kinds import Mode, OccurrenceStatus, SignUp
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.questions import Question, asked_answers, next_question
from bot.domain.rules import DEFAULTS, TEMPLATES, AgeOf, CardCheck, QuotaUnit, RuleFault, Rules, patch_of, rules_of

NOW = datetime(2026, 5, 27, 1, 0, tzinfo=UTC)
FACTS = OccurrenceFacts(
    1, 12, 1, 1, 1, "亲子阅读", "", "", "reading_promotion", (), "", "广元市图书馆", "",
    NOW + timedelta(days=2), NOW + timedelta(days=2, hours=2), False, "", "", "", 50, 0, Mode.ONSITE,
    OccurrenceStatus.SCHEDULED, SignUp.REQUIRED, None, None,
)  # fmt: skip


def limits(most: int) -> st.SearchStrategy[int | None]:
    """A limit or none."""
    return st.none() | st.integers(0, most)


@st.composite
def rule_sets(draw: st.DrawFn) -> Rules:
    """Any rules that do not contradict themselves."""

    def bounds(most: int) -> tuple[int | None, int | None]:
        low, high = draw(limits(most)), draw(limits(most))
        return (high, low) if low is not None and high is not None and high < low else (low, high)

    adults, children, ages = bounds(4), bounds(4), bounds(90)
    return replace(
        DEFAULTS,
        quota_unit=draw(st.sampled_from(QuotaUnit)),
        party_limit=draw(st.integers(1, 8)),
        adults_min=adults[0] or 0,
        adults_max=adults[1],
        children_min=children[0] or 0,
        children_max=children[1],
        one_adult_per_child=draw(st.booleans()),
        guardian_under=draw(st.none() | st.sampled_from([6, 14, 18])),
        age_min=ages[0],
        age_max=ages[1],
        age_of=draw(st.sampled_from(AgeOf)),
        per_event=draw(limits(3)),
        per_day=draw(limits(3)),
        per_campaign=draw(limits(5)),
        overlap=draw(st.booleans()),
        one_per_family=draw(st.booleans()),
    )


parties = st.builds(Party, st.integers(0, 6), st.integers(0, 6)).filter(lambda party: party.people > 0)


@st.composite
def places(draw: st.DrawFn) -> OwnPlace:
    """A place of the same reader elsewhere."""
    number = draw(st.integers(2, 9))
    starts_at = NOW + timedelta(hours=draw(st.integers(0, 100)))
    return OwnPlace(
        number, draw(st.integers(1, 3)), draw(st.integers(1, 2)), number, f"活动{number}", starts_at,
        starts_at + timedelta(hours=draw(st.integers(0, 5))), draw(st.booleans()),
    )  # fmt: skip


histories = st.builds(
    History,
    places=st.lists(places(), max_size=5).map(tuple),
    family=st.lists(places(), max_size=2).map(tuple),
)


@given(rule_sets(), parties, st.lists(st.integers(0, 90), max_size=6), histories)
def test_whoever_is_not_refused_keeps_every_rule(rules: Rules, party: Party, ages: list[int], history: History) -> None:
    """The decision recounted rule by rule, the other way round."""
    facts = replace(FACTS, rules=rules)
    if decide_sign_up(facts, Applicant(party, tuple(ages)), history, NOW) is not None:
        return
    assert 1 <= party.people <= rules.party_limit
    assert party.adults >= rules.adults_min
    assert party.children >= rules.children_min
    assert rules.adults_max is None or party.adults <= rules.adults_max
    assert rules.children_max is None or party.children <= rules.children_max
    assert not rules.one_adult_per_child or party.adults == party.children
    assert all((rules.age_min or 0) <= age <= (90 if rules.age_max is None else rules.age_max) for age in ages)
    assert 1 <= rules.seats_of(party.adults, party.children) <= 50
    same_event = [place for place in history.places if place.event_id == facts.event_id]
    assert rules.per_event is None or len(same_event) < rules.per_event
    assert not (rules.one_per_family and history.family)
    assert facts.starts_at is not None
    if not rules.overlap:
        assert not any(place.starts_at == facts.starts_at and not place.all_day for place in history.places)


@given(rule_sets(), parties, st.lists(st.integers(0, 90), max_size=6), histories)
def test_without_a_rule_nobody_is_refused_by_it(rules: Rules, party: Party, ages: list[int], history: History) -> None:
    """The rule that a refusal names is the reason: with that rule taken away the refusal is another one or none."""
    facts = replace(FACTS, rules=rules)
    applicant = Applicant(party, tuple(ages))
    first = decide_sign_up(facts, applicant, history, NOW)
    match first:
        case AgeMismatch():
            without: dict[str, object] = {"age_min": None, "age_max": None}
        case Overlaps():
            without = {"overlap": True}
        case PlacesUsedUp(Scope.EVENT):
            without = {"per_event": None}
        case PlacesUsedUp(Scope.DAY):
            without = {"per_day": None}
        case PlacesUsedUp(Scope.CAMPAIGN):
            without = {"per_campaign": None}
        case PlacesUsedUp(Scope.FAMILY):
            without = {"one_per_family": False}
        case _:
            return
    freed = replace(facts, rules=replace(rules, **without))  # type: ignore[arg-type]
    assert decide_sign_up(freed, applicant, history, NOW) != first


@given(rule_sets())
def test_the_only_possible_party_is_not_asked_for_and_not_refused(rules: Rules) -> None:
    party = fixed_party(rules)
    assume(party is not None)
    assert find_need(rules, Applicant()) is not Need.PARTY
    assert not isinstance(
        decide_sign_up(replace(FACTS, rules=rules), Applicant(party), NOTHING_KNOWN, NOW), PartyMismatch
    )


@given(rule_sets())
def test_rules_survive_the_store(rules: Rules) -> None:
    assert rules_of(patch_of(rules)) == rules


def test_each_level_lies_over_the_more_general_one() -> None:
    library, template, own = {"party_limit": 3, "waitlist": False}, TEMPLATES["family"], {"adults_max": 1}
    rules = rules_of(library, template, own)
    assert (rules.party_limit, rules.waitlist, rules.adults_max) == (4, False, 1)
    assert rules.quota_unit is QuotaUnit.FAMILIES


@pytest.mark.parametrize(
    "patch",
    [{"party_limit": "5"}, {"party_limit": -1}, {"quota_unit": "seats"}, {"age_min": 8, "age_max": 5}, {"card": 1}],
)
def test_a_rule_that_cannot_be_is_refused_by_name(patch: dict[str, object]) -> None:
    with pytest.raises(RuleFault):
        rules_of(patch)


def test_the_order_of_refusals_is_from_the_occurrence_to_the_reader() -> None:
    suspension = Suspension("K7P2QX", "ban", NOW - timedelta(days=1), NOW + timedelta(days=29), ("一",), 3, 90)
    facts = replace(FACTS, rules=replace(DEFAULTS, age_max=8), opens_at=NOW + timedelta(hours=1))
    applicant = Applicant(Party(9, 9), (10,))
    history = History(suspension=suspension)
    outcomes = []
    for change in (
        {"status": OccurrenceStatus.CANCELLED},
        {},
        {"opens_at": None, "closes_at": NOW},
        {"opens_at": None},
    ):
        outcomes.append(type(decide_sign_up(replace(facts, **change), applicant, history, NOW)))  # type: ignore[arg-type]
    assert outcomes == [OccurrenceCancelled, NotOpenYet, SignUpClosed, Suspended]
    open_now = replace(facts, opens_at=None)
    assert isinstance(decide_sign_up(open_now, applicant, NOTHING_KNOWN, NOW), PartyTooLarge)
    assert isinstance(decide_sign_up(open_now, Applicant(Party(1, 1), (10,)), NOTHING_KNOWN, NOW), AgeMismatch)


@given(st.integers(-3600, 3600))
def test_the_opening_second_is_exact(offset: int) -> None:
    facts = replace(FACTS, opens_at=NOW)
    refusal = decide_sign_up(facts, Applicant(Party(1, 0)), NOTHING_KNOWN, NOW + timedelta(seconds=offset))
    assert isinstance(refusal, NotOpenYet) is (offset < 0)


@given(st.integers(0, 200), st.integers(0, 200))
def test_a_suspension_holds_from_its_start_to_its_end(start: int, at: int) -> None:
    begin, now = NOW + timedelta(hours=start), NOW + timedelta(hours=at)
    suspension = Suspension("K7P2QX", "ban", begin, begin + timedelta(hours=24), (), 3, 90)
    facts = replace(FACTS, starts_at=NOW + timedelta(days=30), ends_at=None)
    refusal = decide_sign_up(facts, Applicant(Party(1, 0)), History(suspension=suspension), now)
    assert isinstance(refusal, Suspended) is (start <= at < start + 24)


@given(st.dates(date(2008, 1, 1), date(2026, 5, 29)), st.booleans())
def test_the_true_age_is_always_among_the_possible_ones(born: date, month_said: bool) -> None:
    day = date(2026, 5, 29)
    true_age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    assert true_age in possible_ages((born.year, born.month if month_said else None), day)


@given(st.dates(date(2008, 1, 1), date(2026, 5, 29)), st.integers(0, 17), st.integers(0, 17))
def test_a_settled_age_is_never_on_the_other_side_of_a_bound_than_the_true_one(born: date, low: int, high: int) -> None:
    assume(low <= high)
    day = date(2026, 5, 29)
    rules = replace(DEFAULTS, age_min=low, age_max=high)
    true_age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    settled = settle_age(possible_ages((born.year, None), day), rules)
    if settled is not None:
        assert (low <= settled <= high) is (low <= true_age <= high)


@given(rule_sets(), parties)
def test_ages_are_asked_for_only_where_a_rule_is_about_them(rules: Rules, party: Party) -> None:
    """Data minimisation (library-domain P1)."""
    if find_need(rules, Applicant(party)) is Need.AGES:
        assert rules.asks_age


@pytest.mark.parametrize(
    ("card", "masks", "check", "fault"),
    [
        ("GY12345674", ("GY########",), CardCheck.LUHN, None),
        ("GY12345675", ("GY########",), CardCheck.LUHN, CardFault.CHECK),
        ("GY1234567", ("GY########",), CardCheck.NONE, CardFault.SHAPE),
        ("A1", ("@#", "##"), CardCheck.NONE, None),
        ("11010519491231002X", (), CardCheck.MOD11, None),
        ("110105194912310021", (), CardCheck.MOD11, CardFault.CHECK),
        ("", ("##",), CardCheck.NONE, CardFault.SHAPE),
        ("٣٤", ("##",), CardCheck.NONE, CardFault.SHAPE),
    ],
)
def test_cards_are_known_by_shape_and_check_digit(
    card: str, masks: tuple[str, ...], check: CardCheck, fault: CardFault | None
) -> None:
    assert find_card_fault(card, masks, check) is fault


@given(st.text(max_size=30), st.sampled_from(CardCheck))
def test_any_text_is_a_card_or_is_not(card: str, check: CardCheck) -> None:
    find_card_fault(card, ("####",), check)


@given(st.text("0123456789", min_size=4, max_size=12), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_never_passes_a_check(digits: str, place: int, shift: int) -> None:
    for check, alphabet in ((CardCheck.LUHN, "0123456789"), (CardCheck.MOD11, "0123456789X")):
        right = next(digits + last for last in alphabet if find_card_fault(digits + last, (), check) is None)
        at = place % len(digits)
        wrong = right[:at] + str((int(right[at]) + shift) % 10) + right[at + 1 :]
        assert find_card_fault(wrong, (), check) is CardFault.CHECK


def test_lists_and_cards_are_refused_by_their_own_rule() -> None:
    facts = replace(FACTS, rules=replace(DEFAULTS, reader_groups=("志愿者",), card_masks=("##",)))
    applicant = Applicant(Party(1, 0), card="12")
    assert decide_sign_up(facts, applicant, NOTHING_KNOWN, NOW) == NotInGroup(("志愿者",))
    assert decide_sign_up(facts, applicant, History(card_groups=frozenset({"志愿者"})), NOW) is None
    assert decide_sign_up(facts, replace(applicant, card="1"), NOTHING_KNOWN, NOW) == CardRefused(CardFault.SHAPE)


def test_limits_by_day_are_about_the_local_day() -> None:
    """23:30 in China and 00:30 the next morning are the same day in UTC."""
    late = datetime(2026, 5, 29, 15, 30, tzinfo=UTC)
    place = OwnPlace(2, 2, 1, 2, "夜读", late, late + timedelta(minutes=30), False)
    facts = replace(
        FACTS,
        starts_at=late + timedelta(hours=1),
        ends_at=late + timedelta(hours=2),
        rules=replace(DEFAULTS, per_day=1),
    )
    assert facts.starts_at is not None
    assert local_day(late) != local_day(facts.starts_at)
    assert decide_sign_up(facts, Applicant(Party(1, 0)), History(places=(place,)), NOW) is None


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sampled_from(["yes", "no"])))
def test_a_question_is_asked_only_after_the_answer_it_hangs_on(answers: dict[str, str]) -> None:
    questions = (
        Question("a", "A?"),
        Question("b", "B?", only_if=("a", "yes")),
        Question("c", "C?", only_if=("b", "no")),
    )
    kept = asked_answers(questions, answers)
    assert "b" not in kept or kept["a"] == "yes"
    assert "c" not in kept or kept.get("b") == "no"
    following = next_question(questions, kept)
    assert following is None or following.key not in kept


def test_who_says_group_where_there_are_none_keeps_the_rules_about_families() -> None:
    """Found by the state machine: 团体 freed three grown-ups from 一大一小 at an event that takes no groups."""
    rules = rules_of({"one_adult_per_child": True, "adults_min": 1, "age_min": 3})
    grown_ups = Applicant(Party(3, 0), (30, 40), is_group=True)
    facts = replace(FACTS, rules=rules)
    assert isinstance(decide_sign_up(facts, grown_ups, NOTHING_KNOWN, NOW), PartyMismatch)
    assert find_need(rules, Applicant(Party(1, 3), (5, 9), is_group=True)) is Need.AGES
    welcome = replace(facts, rules=replace(rules, group_limit=20))
    assert decide_sign_up(welcome, grown_ups, NOTHING_KNOWN, NOW) is None
