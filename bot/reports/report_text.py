"""The report of a campaign: from its figures to a document, by the wording that is in force.

Nothing here reads a clock or a database: the same summary, style and slots give the same document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.domain.kinds import Category
from bot.domain.punctuation import clean_part, tidy
from bot.domain.report_style import Form, GroupBy, Points, ReportStyle
from bot.domain.summary import EventSummary, Summary
from bot.reports.document import Attachment, Document, Paragraph, Picture, TableBlock
from bot.reports.report_checks import list_to_check
from bot.reports.report_events import EventTeller, Lead, Opening, wording_of
from bot.reports.report_flow import Flow, Passage, paragraphs_of
from bot.reports.report_page import Page
from bot.reports.report_publicity import Publicity
from bot.reports.report_scope import Scope, new_names
from bot.reports.report_sections import Sections
from bot.reports.report_titles import title_of
from bot.reports.table import Table
from bot.texts.report_lines import Gap, Line, Word
from bot.texts.report_wording import wording_faults, wording_in_force
from bot.texts.wording import Wording

OTHERS = "activities.others"
MOST_GROUPS, FEW_EVENTS = 5, 4
FEW = "few"
"""The name of the one group of a campaign with few events."""
Group = tuple[str, str, list[EventSummary]]
"""The name of its slot, its heading, its events."""


def write_report(
    summary: Summary,
    style: ReportStyle,
    slots: Mapping[str, str],
    *,
    tables: Sequence[Table] = (),
    charts: Sequence[Picture] = (),
    photos: Mapping[int, bytes] | None = None,
    public: bool = False,
    wording: Wording | None = None,
) -> Document:
    """The report as a document. `slots`: words that people wrote, by name; `photos`: JPEG by the photo's id.

    The public version names no speakers, shows no notes and photos, and tells no number of people below five.
    """
    scope = Scope(summary, style, wording or wording_in_force(), public)
    if wording is None:
        scope.to_check += [scope.say(Line.WORDING_FAULT, {Gap.TOLD: fault}) for fault in wording_faults()]
    return _Writer(scope, slots).write(tables, charts, photos or {})


class _Writer:
    def __init__(self, scope: Scope, slots: Mapping[str, str]) -> None:
        self._scope, self._names = scope, new_names(scope)
        self._teller = EventTeller(scope, self._names)
        self._flow = Flow(scope, self._names, self._teller)
        self._sections = Sections(scope, self._names, self._teller)
        self._page = Page(slots, scope.style.headings)

    def write(self, tables: Sequence[Table], charts: Sequence[Picture], photos: Mapping[int, bytes]) -> Document:
        scope, page, say = self._scope, self._page, self._scope.say
        page.paragraphs("preamble", self._sections.opening())
        page.heading(1, say(Line.ORGANISATION_HEADING), "organisation")
        page.paragraphs("organisation", self._sections.organisation())
        page.heading(1, say(Line.ACTIVITIES_HEADING), "activities")
        self._activities()
        page.heading(1, say(Line.EFFECT_HEADING), "effect")
        page.paragraphs("effect", self._sections.effect())
        page.blocks.extend(charts)
        self._publicity()
        page.paragraphs("conclusion", self._sections.conclusion())
        self._attachments(tables, photos)
        is_report = scope.form is Form.REPORT
        house = scope.house
        issuer = clean_part(scope.style.issuer) or (self._names.full(house) if house and is_report else "")
        return Document(
            title=page.words("title", self._sections.title()),
            blocks=tuple(page.blocks),
            addressee=page.words("addressee", clean_part(scope.summary.campaign.addressee)) if is_report else "",
            closing=page.words("closing", say(Line.CLOSING)) if is_report else "",
            issuer=page.words("issuer", issuer),
            to_check=() if scope.public else list_to_check(scope, self._sections, page),
            numbering=scope.style.numbering,
            fonts=scope.style.fonts,
        )

    # --- activities

    def _activities(self) -> None:
        """The activities in their groups, and what libraries noted beside them."""
        page = self._page
        groups = self._groups()
        if not groups:
            page.paragraphs("activities", [self._scope.wording.word(Word.TO_BE_TOLD)])
            page.paragraphs(OTHERS, self._sections.others())
            page.rest("activities")
            return
        if len(groups) > 1:
            page.paragraphs("activities", [self._overview()])
        for name, heading, parts in groups:
            slot = f"activities.{name}"
            if len(groups) > 1:
                page.heading(2, heading, slot)
            self._group(slot, parts, level=3 if len(groups) > 1 else 2)
        if self._scope.style.group_by is GroupBy.KIND or self._scope.single is not None:
            page.paragraphs(OTHERS, self._sections.others())
        page.rest("activities")

    def _overview(self) -> str:
        scope = self._scope
        of_one = scope.single
        gaps = {
            Gap.NUMBER_OF_LIBRARIES: str(len({part.library.id for part in scope.told})),
            Gap.NUMBER_OF_ACTIVITIES: str(scope.summary.total.activities),
            Gap.LIBRARY: self._names.name(of_one) if of_one else "",
        }
        return tidy(scope.say(Line.ACTIVITIES_OF_ONE if of_one else Line.ACTIVITIES, gaps))

    def _groups(self) -> list[Group]:
        """Name, heading and events of each group, in the order of the wording or of the libraries."""
        scope = self._scope
        shown = [
            part
            for part in scope.told
            if not scope.is_part(part) and not scope.is_meeting(part) and part.event.category is not Category.PUBLICITY
        ]
        found: dict[str, list[EventSummary]] = {}
        if scope.style.group_by is GroupBy.LIBRARY and scope.single is None:
            for part in shown:
                found.setdefault(part.library.code, []).append(part)
            return [
                (library.code, self._names.name(library), found[library.code])
                for library in scope.libraries
                if library.code in found
            ]
        for part in shown:
            found.setdefault(wording_of(part, scope.wording).group, []).append(part)
        groups = [(name, heading, found[name]) for name, heading in scope.wording.groups.items() if name in found]
        return self._broader(groups)

    def _broader(self, groups: list[Group]) -> list[Group]:
        """Many groups of one event each would be a list of headings: then broad groups, and none for a few events.

        A group that a person wrote words for stays as it is.
        """
        wording = self._scope.wording
        written = {name.split(".")[1] for name in self._page.slots if name.count(".") and self._page.written(name)}
        kept = [group for group in groups if group[0] in written]
        loose = [group for group in groups if group[0] not in written]
        small = [group for group in loose if len(group[2]) == 1]
        scattered = len(small) > 1 and (len(groups) > MOST_GROUPS or len(small) * 2 > len(groups))
        if not scattered and not written & set(wording.broad_groups):
            return groups
        found = list(kept)
        for name, group in wording.broad_groups.items():
            inside = [one for one in loose if one[0] in group.groups]
            if len(inside) == 1 and name not in written:
                found += inside  # its own heading says it better
            elif inside:
                found.append((name, group.heading, [part for one in inside for part in one[2]]))
        covered = {one for group in wording.broad_groups.values() for one in group.groups}
        found += [one for one in loose if one[0] not in covered]
        if not written and sum(len(group[2]) for group in found) <= FEW_EVENTS:
            return [(FEW, "", [part for group in found for part in group[2]])]
        return found

    def _group(self, slot: str, parts: Sequence[EventSummary], level: int) -> None:
        page = self._page
        if self._scope.style.points is Points.ITEMS and not page.written(slot):
            for part in self._flow.sorted(parts):
                self._item(f"activities.event.{part.event.key}"[:52], part, level)
            return
        passages = self._flow.tell(parts)
        if self._scope.style.group_by is GroupBy.LIBRARY and self._scope.single is None and parts:
            others = self._sections.other_tallies(parts[0].library.id)
            passages += [Passage(parts[0].library, others)] if others else []
        by_library = any(page.written(f"{slot}.{passage.library.code}") for passage in passages)
        paragraphs = passages if by_library else paragraphs_of(passages)
        if page.written(slot) or (len(paragraphs) == 1 and not by_library):
            page.paragraphs(slot, [passage.words for passage in paragraphs])
            return
        told: dict[str, list[str]] = {}
        for passage in paragraphs:
            told.setdefault(passage.library.code, []).append(passage.words)
        for code, words in told.items():
            page.paragraphs(f"{slot}.{code}", words)

    def _item(self, slot: str, part: EventSummary, level: int) -> None:
        self._page.heading(level, title_of(part.event, self._scope.wording).words, slot)
        opening = Opening(Lead.SUBJECT, self._names.name(part.library))
        words = self._teller.tell(part, opening) + self._teller.mark_of([part]) + self._scope.wording.word(Word.END)
        self._page.paragraphs(slot, [tidy(words)])

    # --- publicity and attachments

    def _publicity(self) -> None:
        """Only where there is something to tell: events of publicity, and the media log."""
        events = [part for part in self._scope.told if part.event.category is Category.PUBLICITY]
        events = [part for part in events if not self._scope.is_part(part)]
        told = [passage.words for passage in paragraphs_of(self._flow.tell(events))]
        media = Publicity(self._scope, self._names).tell()
        page = self._page
        if not (told or media or page.written("publicity") or page.written("publicity.media")):
            return
        page.heading(1, self._scope.say(Line.PUBLICITY_HEADING), "publicity")
        page.paragraphs("publicity", told)
        page.paragraphs("publicity.media", media)

    def _attachments(self, tables: Sequence[Table], photos: Mapping[int, bytes]) -> None:
        blocks = self._page.blocks
        for table in tables:
            blocks += [Attachment(table.title, table.landscape), TableBlock(table)]
        if self._scope.public:
            return
        pictures = [
            Picture(photos[photo.id], caption, caption)
            for photo in self._scope.summary.photos
            if photo.id in photos and (caption := clean_part(photo.caption) or self._scope.say(Line.PHOTOS))
        ]
        if pictures:
            blocks += [Attachment(self._scope.say(Line.PHOTOS)), *pictures]
        notes = [self._note(note.library_id, note.words) for note in self._scope.summary.notes]
        if notes:
            blocks += [Attachment(self._scope.say(Line.NOTES)), *(Paragraph(words) for words in notes if words)]

    def _note(self, library_id: int, words: str) -> str:
        library = next((one for one in self._scope.libraries if one.id == library_id), None)
        name = self._names.short(library) if library else ""
        plain = clean_part(words)
        return f"{name}：{plain}。" if plain and name else plain
