"""What a person must look at before a report goes out: listed at the front of a draft."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.measure import Quantity
from bot.domain.punctuation import clean_name, clean_part, tidy
from bot.domain.report_style import Form
from bot.domain.summary import Confirmed, EventSummary
from bot.domain.tally import TallyFacts
from bot.reports.report_amounts import doubtful_of
from bot.reports.report_page import Page
from bot.reports.report_scope import Scope
from bot.reports.report_sections import Sections
from bot.reports.report_times import sessions_of
from bot.reports.report_titles import title_of
from bot.texts.metrics import metric_name, words
from bot.texts.report_lines import Gap, Line, Word

MOST_NAMED = 20


def list_to_check(scope: Scope, sections: Sections, page: Page) -> tuple[str, ...]:
    """Doubtful figures with where they come from, libraries that have not confirmed, and facts that are missing."""
    lines = [*_doubtful(scope), *_unconfirmed(scope), *_missing(scope, sections, page), *scope.to_check]
    return tuple(dict.fromkeys(tidy(line) for line in lines))


def _doubtful(scope: Scope) -> Iterator[str]:
    for part in scope.summary.events:
        source = f"{clean_part(part.library.name)}，{_title(scope, part)}"
        for tally in doubtful_of(part.figures):
            yield _one_doubtful(scope, tally, source)
    for shelf in scope.summary.shelves:
        if shelf.category is None:
            for tally in doubtful_of(shelf.figures):
                yield _one_doubtful(scope, tally, clean_part(shelf.library.name))
    for tally in scope.summary.headlines:
        if tally.quantity.number is None:
            yield _one_doubtful(scope, tally, clean_part(scope.summary.campaign.title))


def _one_doubtful(scope: Scope, tally: TallyFacts, source: str) -> str:
    shown = words(Quantity(None, clean_part(tally.unit), tally.exactness))
    name = clean_part(metric_name(tally.metric)) + (f"（{part}）" if (part := clean_part(tally.part)) else "")
    return scope.say(Line.DOUBTFUL, {Gap.METRIC: name, Gap.AMOUNT: shown, Gap.SOURCE: source})


def _unconfirmed(scope: Scope) -> Iterator[str]:
    for one in scope.summary.confirmations:
        if one.state is not Confirmed.YES:
            line = Line.NOT_CONFIRMED if one.state is Confirmed.NO else Line.CHANGED_SINCE
            yield scope.say(line, {Gap.LIBRARY: clean_part(one.library.name)})


def _missing(scope: Scope, sections: Sections, page: Page) -> Iterator[str]:
    campaign = scope.summary.campaign
    if not scope.told:
        yield scope.say(Line.NO_ACTIVITIES)
    written = page.written("preamble")
    if not written and not clean_name(campaign.theme):
        yield scope.say(Line.NO_THEME)
    if not written and not any(clean_name(basis) for basis in campaign.basis):
        yield scope.say(Line.NO_BASIS)
    if scope.form is Form.REPORT and not (clean_part(campaign.addressee) or page.written("addressee")):
        yield scope.say(Line.NO_ADDRESSEE)
    counted = scope.summary.total.counts.person_times + scope.summary.total.counts.online_people
    if scope.told and scope.summary.library is None and not counted and not sections.has_total():
        yield scope.say(Line.NO_HEADLINE)
    undated = [part for part in scope.told if not sessions_of(scope.occurrences_of(part)) and not scope.is_part(part)]
    if undated:
        yield scope.say(Line.WITHOUT_DATE, {Gap.EVENT: _titles(scope, undated)})
    to_come = [part for part in scope.summary.events if not scope.is_told(part) and scope.occurrences_of(part)]
    if to_come:
        yield scope.say(Line.NOT_HELD_YET, {Gap.EVENT: _titles(scope, to_come)})


def _title(scope: Scope, part: EventSummary) -> str:
    return clean_part(title_of(part.event, scope.wording).bare)


def _titles(scope: Scope, parts: list[EventSummary]) -> str:
    listed = scope.wording.word(Word.LISTED)
    named = listed.join(_title(scope, part) for part in parts[:MOST_NAMED])
    return named + (scope.wording.word(Word.AND_MORE) if len(parts) > MOST_NAMED else "")
