"""The parts of a report around its activities: opening, organisation, effect, conclusion. A list of paragraphs each."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.kinds import Category, Exactness
from bot.domain.measure import sum_exactness
from bot.domain.punctuation import clean_name, clean_part, is_wrapped, tidy
from bot.domain.report_style import Form
from bot.domain.summary import CategorySummary, EventSummary
from bot.domain.tally import TallyFacts
from bot.reports.report_amounts import AmountTeller, amount_of, list_amounts, people_words, quantity_words
from bot.reports.report_events import LEAST_PUBLIC, EventTeller
from bot.reports.report_scope import LibraryNames, Scope
from bot.reports.report_titles import title_of
from bot.texts.campaign_files import word_of
from bot.texts.numeral_words import percent_words
from bot.texts.report_lines import Gap, Line, Word, WordList

PARTICIPANTS = "participants_all_activities"
MOST_UNITS = 8
_NOT_COUNTED = frozenset({Category.INTERNAL, Category.PUBLICITY})


class Sections:
    """Writes the general parts of one report."""

    def __init__(self, scope: Scope, names: LibraryNames, teller: EventTeller) -> None:
        self._scope, self._names, self._teller = scope, names, teller
        self._amounts = AmountTeller(scope.wording)

    # --- opening

    def title(self) -> str:
        """The title of the document."""
        scope = self._scope
        if scope.form is Form.REPORT:
            return tidy(scope.say(Line.TITLE_REPORT))
        single = scope.single or scope.summary.library
        name = self._names.full(single) if single else ""
        return tidy(scope.say(Line.TITLE_SUMMARY, {Gap.LIBRARY: name}))

    def opening(self) -> list[str]:
        """When, on what basis, under which theme; it ends by saying that the account follows."""
        scope = self._scope
        is_report, of_one = scope.form is Form.REPORT, scope.single or scope.summary.library
        if of_one is not None:
            line = Line.OPENING_REPORT_OF_ONE if is_report else Line.OPENING_SUMMARY_OF_ONE
        else:
            line = Line.OPENING_REPORT if is_report else Line.OPENING_SUMMARY
        gaps = {Gap.BASIS: self._basis(), Gap.THEME: scope.theme()}
        if of_one is not None:
            gaps[Gap.LIBRARY] = self._names.name(of_one)
        return [tidy(scope.say(line, gaps))]

    def _basis(self) -> str:
        named = [name for name in (clean_name(basis) for basis in self._scope.summary.campaign.basis) if name]
        calls = self._scope.wording.list(WordList.CALLS)
        told = []
        for line, group in (
            (Line.BASIS, [name for name in named if not name.endswith(calls)]),
            (Line.CALL, [name for name in named if name.endswith(calls)]),
        ):
            if group:
                told.append(self._scope.say(line, {Gap.BASIS: self._listed(group)}))
        return "，".join(told)

    def _listed(self, names: Sequence[str]) -> str:
        """The last after 和; titles in book marks need no comma between them."""
        if len(names) < 2:
            return "".join(names)
        listed = self._scope.wording.word(Word.LISTED)
        if all(is_wrapped(name, "《", "》") for name in names):
            return "".join(names)
        return listed.join(names[:-1]) + self._scope.wording.word(Word.AND) + names[-1]

    # --- organisation

    def organisation(self) -> list[str]:
        """How it was prepared, the meetings, and who helped."""
        scope = self._scope
        of_one = scope.single or scope.summary.library
        line = Line.ORGANISED_BY_ONE if of_one else Line.ORGANISED
        told = [scope.say(line, {Gap.LIBRARY: self._names.name(of_one)} if of_one else {})]
        told += [self._meeting(part) for part in scope.told if scope.is_meeting(part)]
        if units := self._partners():
            told.append(units)
        return ["".join(tidy(sentence) for sentence in told)]

    def _meeting(self, part: EventSummary) -> str:
        scope, event = self._scope, part.event
        title = title_of(event, scope.wording)
        everyone = {library.id for library in scope.libraries} <= {part.library.id, *event.partner_library_ids}
        is_all = everyone and len(scope.libraries) > 1
        is_named = title.bare.endswith(scope.wording.list(WordList.MEETINGS))
        gaps = {
            Gap.LIBRARY: scope.wording.word(Word.ALL_LIBRARIES) if is_all else self._names.name(part.library),
            Gap.TIME: self._teller.time_of(part).middle,
            Gap.PLACE: "",
            Gap.PARTNERS: "" if is_all else self._teller.partners_of(part),
            Gap.TITLE: title.words,
            Gap.FORM: clean_part(event.kind),
        }
        return scope.say(Line.MEETING if is_named else Line.OTHER_MEETING, gaps)

    def _partners(self) -> str:
        units = [clean_part(partner) for part in self._scope.told for partner in part.event.partners]
        units = list(dict.fromkeys(unit for unit in units if unit))
        if not units:
            return ""
        named = self._scope.wording.word(Word.LISTED).join(units[:MOST_UNITS])
        more = self._scope.wording.word(Word.AND_OTHERS) if len(units) > 1 else ""
        return self._scope.say(Line.SUPPORTED, {Gap.UNITS: named + more})

    # --- effect

    def effect(self) -> list[str]:
        """Totals, and what they mean; nothing that nobody counted."""
        scope = self._scope
        of_one = scope.single or scope.summary.library
        sentences = [*self._headlines(), *self._totals()]
        sentences += [*self._signed_up(), *self._rated(), *self._year_on_year()]
        last = scope.say(Line.EFFECT_OF_ONE if of_one else Line.EFFECT)
        return ["".join(tidy(sentence) for sentence in sentences if sentence) + tidy(last)]

    def _headlines(self) -> list[str]:
        """What was said of the whole campaign: never added up from its parts."""
        told, others = [], []
        for tally in self._scope.summary.headlines:
            words = quantity_words(tally.quantity, tally.written)
            if tally.metric in (PARTICIPANTS, "attendance"):
                told.append(self._scope.say(Line.HEADLINE_TOTAL, {Gap.PEOPLE: words}))
            else:
                others.append(tally)
        if others:
            told.append(self._scope.say(Line.HEADLINE_OTHER, {Gap.AMOUNT: self._told(others)}))
        return told

    def _told(self, tallies: Sequence[TallyFacts]) -> str:
        amounts = [amount_of(tally) for tally in tallies]
        return "，".join(self._amounts.tell(amounts).clauses)

    def has_total(self) -> bool:
        """Whether somebody said how many people took part in all."""
        return any(tally.metric in (PARTICIPANTS, "attendance") for tally in self._scope.summary.headlines)

    def _totals(self) -> list[str]:
        scope = self._scope
        figures = scope.summary.total
        counts = figures.counts
        if not figures.activities:
            return []
        came = counts.checked_in_people + counts.walk_ins
        shown = self._people(counts.person_times)
        wanted = scope.wording.list(WordList.TOTALS)
        amounts = [one for one in list_amounts(figures) if one.name in wanted and not one.doubtful]
        told = self._amounts.tell([amount.whole() for amount in amounts])
        gaps = {
            Gap.ACTIVITIES: str(figures.activities),
            Gap.NUMBER_OF_SESSIONS: str(counts.sessions),
            Gap.PERSON_TIMES: "" if self.has_total() else shown,
            Gap.ONLINE: str(counts.online_people) if counts.online_people >= self._least else "",
            Gap.KINDS: self._by_category(),
            Gap.AMOUNT: "，".join(told.clauses),
            Gap.LIBRARY: self._names.name(scope.single) if scope.single else "",
        }
        sentences = [scope.say(Line.TOTAL if counts.sessions else Line.TOTAL_WITHOUT_SESSIONS, gaps)]
        if told.clauses:
            sentences.append(scope.say(Line.TOTAL_AMOUNTS, gaps))
        if self.has_total() and came and shown:
            sentences.append(scope.say(Line.REGISTERED_HERE, {Gap.PERSON_TIMES: shown}))
        return sentences

    @property
    def _least(self) -> int:
        """The fewest people that are told."""
        return LEAST_PUBLIC if self._scope.public else 1

    def _people(self, number: int) -> str:
        """Person-times with their measure word; as inexact as the tallies among them."""
        if number < self._least:
            return ""
        figures = self._scope.summary.total
        noted = [total.exactness for total in figures.tallies if total.metric == "attendance"]
        exactness = sum_exactness(noted) if figures.counts.tallied_people else Exactness.EXACT
        unit = self._scope.wording.word(Word.PERSON_TIMES)
        return people_words(number, unit, exactness, rounded=self._scope.rounds)

    def _by_category(self) -> str:
        counted = [
            part
            for part in self._scope.summary.categories
            if part.category and part.category not in _NOT_COUNTED and part.figures.counts.sessions
        ]
        if len(counted) < 2:
            return ""
        return self._scope.wording.word(Word.LISTED).join(self._one_category(part) for part in counted)

    def _one_category(self, part: CategorySummary) -> str:
        counts = part.figures.counts
        exact = not counts.tallied_people and counts.person_times >= self._least
        return self._scope.say(
            Line.ONE_CATEGORY,
            {
                Gap.CATEGORY: word_of("category", part.category.value if part.category else ""),
                Gap.NUMBER_OF_SESSIONS: str(counts.sessions),
                Gap.PERSON_TIMES: str(counts.person_times) if exact else "",
            },
        )

    def _signed_up(self) -> list[str]:
        counts = self._scope.summary.total.counts
        if counts.registered_people < max(1, self._least):
            return []
        attendance, conversion = counts.attendance_rate, counts.conversion_rate
        gaps = {
            Gap.PEOPLE: str(counts.registered_people),
            Gap.ATTENDANCE_RATE: percent_words(float(attendance)) if attendance is not None else "",
            Gap.CONVERSION_RATE: percent_words(float(conversion)) if conversion is not None else "",
        }
        return [self._scope.say(Line.SIGNED_UP, gaps)]

    def _rated(self) -> list[str]:
        counts = self._scope.summary.total.counts
        if counts.ratings < max(1, self._least) or counts.satisfaction is None:
            return []
        gaps = {Gap.RATINGS: str(counts.ratings), Gap.SATISFACTION: percent_words(float(counts.satisfaction))}
        return [self._scope.say(Line.RATED, gaps)]

    def _year_on_year(self) -> list[str]:
        before = self._scope.summary.year_before
        past = before.figures.get(None) if before else None
        now = self._scope.summary.total.counts.person_times
        if past is None or past.person_times < max(1, self._least) or now < self._least:
            return []
        change = (now - past.person_times) / past.person_times
        if not change:
            words = self._scope.say(Line.SAME)
        else:
            words = self._scope.say(Line.GREW if change > 0 else Line.FELL, {Gap.SHARE: percent_words(abs(change))})
        return [self._scope.say(Line.YEAR_ON_YEAR, {Gap.CHANGE: words})]

    # --- conclusion

    def conclusion(self) -> list[str]:
        """The last paragraph before the closing formula."""
        of_one = self._scope.single or self._scope.summary.library
        if of_one is None:
            return [tidy(self._scope.say(Line.CONCLUSION))]
        return [tidy(self._scope.say(Line.CONCLUSION_OF_ONE, {Gap.LIBRARY: self._names.name(of_one)}))]

    def others(self) -> list[str]:
        """What libraries noted that belongs to no event, a sentence each."""
        told = []
        for shelf in self._scope.summary.shelves:
            if shelf.category is not None:
                continue
            if words := self.other_tallies(shelf.library.id):
                told.append(words)
        return ["".join(told)] if told else []

    def other_tallies(self, library_id: int) -> str:
        """What one library noted that belongs to no event."""
        scope = self._scope
        for shelf in scope.summary.shelves:
            if shelf.category is None and shelf.library.id == library_id:
                amounts = list_amounts(shelf.figures, least_people=LEAST_PUBLIC if scope.public else 0)
                clauses = "，".join(self._amounts.tell(amounts).clauses)
                if clauses:
                    name = self._names.name(shelf.library)
                    mark = scope.wording.word(Word.UNKNOWN) if scope.is_unconfirmed(shelf.library) else ""
                    words = scope.say(Line.OTHER_TALLIES, {Gap.LIBRARY: name, Gap.AMOUNT: clauses})
                    return tidy(words + mark + scope.wording.word(Word.END))
        return ""
