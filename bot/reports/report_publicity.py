"""What the media said, from the media log: medium by medium, library by library."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.coverage import MediaItem, Medium
from bot.domain.punctuation import clean_part, is_wrapped, tidy
from bot.domain.summary_facts import CountedLibrary
from bot.reports.report_scope import LibraryNames, Scope
from bot.texts.report_lines import Gap, Line, Word
from bot.texts.wording_reading import MEDIA

REPORTING = (Medium.NEWSPAPER, Medium.TELEVISION, Medium.RADIO, Medium.WEBSITE)
"""Media of others; the rest are the library's own ways."""
MANY_REPORTS = 4
MOST_TITLES = 3


class Publicity:
    """Tells the media log of one report."""

    def __init__(self, scope: Scope, names: LibraryNames) -> None:
        self._scope, self._names = scope, names
        self._libraries = {library.id: library for library in scope.libraries}

    def tell(self) -> list[str]:
        """Two paragraphs at most: what others reported, and what the libraries put out themselves."""
        items = [item for item in self._scope.summary.media if item.library_id in self._libraries]
        reports = [item for item in items if item.medium in REPORTING]
        own = [item for item in items if item.medium not in REPORTING]
        told = []
        if own:
            told.append(self._sentences(own))
        if reports:
            count = ""
            if len(reports) >= MANY_REPORTS:
                count = self._scope.say(Line.MEDIA_COUNT, {Gap.REPORTS: str(len(reports))})
            told.append(count + self._sentences(reports))
        return ["".join(told)] if told else []

    def _sentences(self, items: Sequence[MediaItem]) -> str:
        groups: dict[tuple[Medium, int], list[MediaItem]] = {}
        for item in sorted(items, key=lambda one: list(Medium).index(one.medium)):
            groups.setdefault((item.medium, item.library_id), []).append(item)
        said: dict[tuple[Medium, tuple[tuple[str, str, str], ...]], list[int]] = {}
        for (medium, library_id), group in groups.items():
            same = tuple((item.outlet, item.title, item.place) for item in group)
            said.setdefault((medium, same), []).append(library_id)
        clauses = [
            self._clause(medium, groups[medium, ids[0]], [self._libraries[one] for one in ids])
            for (medium, _), ids in said.items()
        ]
        between, end = self._scope.wording.word(Word.BETWEEN), self._scope.wording.word(Word.END)
        return tidy(between.join(dict.fromkeys(clauses)) + end)

    def _clause(self, medium: Medium, items: Sequence[MediaItem], libraries: Sequence[CountedLibrary]) -> str:
        listed = self._scope.wording.word(Word.LISTED)
        outlets = list(dict.fromkeys(clean_part(item.outlet) for item in items))
        outlets = [_bare(outlet) for outlet in outlets if outlet]
        titles = list(dict.fromkeys(clean_part(item.title) for item in items))
        titles = [_bare(title) for title in titles if title][:MOST_TITLES]
        places = list(dict.fromkeys(clean_part(item.place) for item in items))
        between_names = "》《" if medium is Medium.NEWSPAPER else f"”{listed}“" if self._quotes(medium) else listed
        gaps = {
            Gap.LIBRARY: listed.join(self._names.name(library) for library in libraries),
            Gap.OUTLET: between_names.join(outlets),
            Gap.HEADLINE: "”“".join(titles),
            Gap.PLACE: listed.join(place for place in places if place),
        }
        return self._scope.wording.media[MEDIA[medium]].fill(gaps)

    def _quotes(self, medium: Medium) -> bool:
        """Whether the wording puts the outlet in quotes."""
        return "“{" + Gap.OUTLET in self._scope.wording.media[MEDIA[medium]].text


def _bare(name: str) -> str:
    """A name without the marks around it, which the wording puts; double quotes inside become single ones."""
    for opening, closing in (("《", "》"), ("“", "”")):
        if is_wrapped(name, opening, closing):
            name = name[1:-1]
    return name.replace("“", "‘").replace("”", "’")
