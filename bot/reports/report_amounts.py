"""Noted quantities in words: verbs joined, parts after their whole, doubtful ones without their digits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from bot.domain.kinds import Exactness
from bot.domain.measure import Quantity, parse_quantity
from bot.domain.punctuation import clean_part, is_wrapped
from bot.domain.summary import Figures
from bot.domain.tally import TallyFacts, TallyPart, TallyTotal
from bot.texts.metrics import TIERS, metric_name, words
from bot.texts.numeral_words import ordinal
from bot.texts.report_lines import PERSON_UNITS, Gap, Line, Word
from bot.texts.wording import MetricWording, Wording

ATTENDANCE = frozenset({"attendance", "online_live", "online_views"})
"""Told as people who came, not as amounts."""
SERIES, BATCH = "series_ordinal", "batch_ordinal"


@dataclass(frozen=True, slots=True)
class Amount:
    """One metric in one unit, ready to be told. `place` orders amounts as they were noted."""

    metric: str
    words: str
    parts: tuple[tuple[str, str], ...] = ()
    doubtful: bool = False
    place: int = 0

    @property
    def name(self) -> str:
        """The Chinese name of its metric."""
        return clean_part(metric_name(self.metric))

    def whole(self) -> Amount:
        """Without its parts."""
        return replace(self, parts=())


@dataclass(slots=True)
class Told:
    """The clauses of one place's amounts. `attached` follows the title at once, less its last `cut` signs."""

    attached: str = ""
    cut: int = 0
    clauses: list[str] = field(default_factory=list)


def quantity_words(quantity: Quantity, written: str) -> str:
    """A quantity as it was written, where that says the same; else in the usual words."""
    if quantity.number is None or quantity.exactness is Exactness.DOUBTFUL:
        return words(quantity)
    said = clean_part(written)
    read = parse_quantity(said) if said else None
    if read and (read.number, read.unit) == (quantity.number, quantity.unit) and read.exactness is quantity.exactness:
        return said
    return words(quantity)


def list_amounts(figures: Figures, *, least_people: int = 0) -> list[Amount]:
    """All that was noted but attendance, in the order noted. `least_people`: fewer persons are not told."""
    amounts = [
        _of_total(total)
        for total in figures.tallies
        if total.metric not in ATTENDANCE and not _is_too_few(total, least_people)
    ]
    shown = {tally.id for tally in figures.unsummed}
    amounts += [
        amount_of(tally)
        for tally in figures.unsummed
        if tally.metric not in ATTENDANCE and tally.library_id is not None and tally.parent_id not in shown
    ]
    return sorted(amounts, key=lambda amount: amount.place)


def _is_too_few(total: TallyTotal, least: int) -> bool:
    return total.unit in PERSON_UNITS and total.number < least


def _of_total(total: TallyTotal) -> Amount:
    named = total.parts or total.shares
    parts = tuple((part.part, _part_words(part, total.unit)) for part in named)
    return Amount(
        total.metric, quantity_words(total.quantity, total.written), parts, place=min(total.tallies, default=0)
    )


def _part_words(part: TallyPart, unit: str) -> str:
    return quantity_words(Quantity(part.number, unit, part.exactness), part.written)


def amount_of(tally: TallyFacts) -> Amount:
    """One tally that stands by itself."""
    doubtful = tally.number is None or tally.exactness is Exactness.DOUBTFUL
    told = quantity_words(tally.quantity, tally.written)
    if tally.metric in (SERIES, BATCH) and tally.number is not None and not doubtful:
        told = ordinal(int(tally.number), clean_part(tally.unit))
    parts = ((tally.part, told),) if tally.part and not doubtful else ()
    return Amount(tally.metric, told, parts if parts and parts[0][0] else (), doubtful, tally.id)


class AmountTeller:
    """Puts amounts into clauses by the wording."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def tell(
        self,
        amounts: Sequence[Amount],
        *,
        title: str = "",
        is_verb: bool = False,
        audience: str = "",
        works: str = "",
    ) -> Told:
        """The clauses of one event or library. Ordinals that the title says already are not said again.

        `is_verb`: the title says what was done and may take an amount at once. `works`: titles of what was shown.
        """
        left = [amount for amount in amounts if not (amount.metric == SERIES and amount.words in title)]
        batch = self._batch(left)
        if batch:
            left = [amount for amount in left if amount.metric != BATCH]
        gaps = {Gap.AUDIENCE: audience, Gap.BATCH: batch, Gap.WORKS: works}
        told = Told()
        self._attach(left, title, is_verb, gaps, told)
        told.clauses += self._joined(left, gaps, told)
        return told

    def _batch(self, amounts: Sequence[Amount]) -> str:
        """The batch, where there is a noun that takes it: the third batch of books."""
        for amount in amounts:
            noun = self._of(amount).noun
            if noun is not None and Gap.BATCH in noun.names:
                return next((other.words for other in amounts if other.metric == BATCH and not other.doubtful), "")
        return ""

    def _of(self, amount: Amount) -> MetricWording:
        known = self._wording.metrics.get(amount.name)
        return known or MetricWording(sentence=self._wording.lines[Line.OTHER_AMOUNT])

    def _attach(self, left: list[Amount], title: str, is_verb: bool, gaps: dict[str, str], told: Told) -> None:
        """Let the title take the first amount that fits it: 送书 500册.

        A batch stands with its noun, whose last sign is that of the title then: 送书, 送 第三批图书 100本.
        """
        for amount in left:
            joins = self._of(amount).joins
            fits = bool(joins) and (title.endswith(joins) or (is_verb and title.startswith(joins)))
            if not fits or amount.parts:
                continue
            noun = self._noun(amount, gaps) if gaps[Gap.BATCH] else ""
            if noun and not (is_verb and title.endswith(noun[-1])):
                continue
            told.attached, told.cut = noun + amount.words, 1 if noun else 0
            left.remove(amount)
            return

    def _joined(self, left: Sequence[Amount], gaps: dict[str, str], told: Told) -> list[str]:
        """Clauses in the order noted; those of one verb together, those with parts at the end."""
        clauses: list[str] = []
        last: list[str] = []
        done: set[int] = set()
        for at, amount in enumerate(left):
            if at in done:
                continue
            if together := self._together(left, amount, done):
                clauses.append(together)
                continue
            wording = self._of(amount)
            same = [at]
            if wording.verb:
                places = (place for place in range(at, len(left)) if place not in done)
                same = [place for place in places if self._of(left[place]).verb == wording.verb]
            done.update(same)
            if len(same) > 1:
                clauses.append(self._by_verb([left[place] for place in same], gaps))
            elif amount.parts:
                last.append(self._with_parts(amount, wording, gaps))
            else:
                clauses.append(self._alone(amount, wording, gaps))
        return [*clauses, *last]

    def _together(self, left: Sequence[Amount], amount: Amount, done: set[int]) -> str:
        for rule in self._wording.together:
            if amount.name not in rule.metrics:
                continue
            found = {
                one.name: (place, one)
                for place, one in enumerate(left)
                if one.name in rule.metrics and place not in done and not one.parts
            }
            if len(found) == len(rule.metrics):
                done.update(place for place, _ in found.values())
                return rule.sentence.fill({name: one.words for name, (_, one) in found.items()})
        return ""

    def _by_verb(self, amounts: Sequence[Amount], gaps: dict[str, str]) -> str:
        """展出 with all that was shown; a noun that was just said is not said again."""
        told: list[str] = []
        before = None
        for amount in amounts:
            noun = self._noun(amount, gaps)
            parts = self._parts(amount, self._of(amount))
            told.append((noun if noun != before else "") + amount.words + (f"（{parts}）" if parts else ""))
            before = noun
        return self._of(amounts[0]).verb + self._wording.word(Word.LISTED).join(told)

    def _noun(self, amount: Amount, gaps: dict[str, str]) -> str:
        noun = self._of(amount).noun
        return noun.fill(gaps) if noun else ""

    def _alone(self, amount: Amount, wording: MetricWording, gaps: dict[str, str]) -> str:
        if wording.sentence is None:
            return wording.verb + self._noun(amount, gaps) + amount.words
        return wording.sentence.fill({**gaps, Gap.AMOUNT: amount.words, Gap.METRIC: amount.name})

    def _with_parts(self, amount: Amount, wording: MetricWording, gaps: dict[str, str]) -> str:
        whole, parts = self._alone(amount, wording, gaps), self._parts(amount, wording)
        return f"{whole}，{parts}" if parts else whole

    def _parts(self, amount: Amount, wording: MetricWording) -> str:
        named = [(self._part_name(name, wording), told) for name, told in amount.parts]
        parts = self._wording.word(Word.LISTED).join(name + told for name, told in named if name)
        return self._wording.word(Word.OF_WHICH) + parts if parts else ""

    def _part_name(self, name: str, wording: MetricWording) -> str:
        clean = clean_part(name)
        if not clean or not wording.titled or name in TIERS or is_wrapped(clean, "《", "》"):
            return clean
        return f"《{clean.replace('《', '〈').replace('》', '〉')}》"


def people_words(number: int, unit: str, exactness: Exactness, *, rounded: bool) -> str:
    """A counted number of people; rounded down to its two first digits where the style asks for it: 300多."""
    if rounded and exactness is Exactness.EXACT and number >= 100:
        step = 10 ** (len(str(number)) - (1 if number < 1_000 else 2))
        floor = number - number % step
        exactness = Exactness.EXACT if floor == number else Exactness.MORE_THAN
        number = floor
    return words(Quantity(Decimal(number), unit, exactness))


def doubtful_of(figures: Figures) -> Iterable[TallyFacts]:
    """What was noted and cannot be believed."""
    return (tally for tally in figures.unsummed if tally.number is None or tally.exactness is Exactness.DOUBTFUL)
