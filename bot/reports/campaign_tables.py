"""A campaign as the tables of a file: field names and plain values, with Chinese words where files have them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time

from bot.domain.campaign_file import CampaignFile, EventEntry, LibraryEntry, OccurrenceEntry, Sheet
from bot.domain.clock import local
from bot.domain.questions import Question
from bot.domain.rules import Patch
from bot.texts.campaign_files import word_of

Value = str | int | date | time | datetime | list[str]
Tables = Mapping[Sheet, list[dict[str, Value]]]
"""The rows of each sheet by field name; empty cells are left out. Moments are naive local time, as written."""


def tables_of(content: CampaignFile) -> Tables:
    """The sheets that, imported, give this content again. Repeated occurrences are written out one by one."""
    campaign = content.campaign
    libraries = {event.key: event.library for event in content.events}
    return {
        Sheet.CAMPAIGN: [
            _filled(
                key=campaign.key,
                title=campaign.title,
                theme=campaign.theme,
                library=campaign.library,
                addressee=campaign.addressee,
                basis=list(campaign.basis),
                starts_on=campaign.starts_on,
                ends_on=campaign.ends_on,
                freezes_at=_local_moment(campaign.freezes_at),
                **{f"count_{rule}": word_of(f"count_{rule}", choice) for rule, choice in campaign.counting.items()},
                **{f"style_{name}": _style_word(name, value) for name, value in campaign.wording.items()},
            )
        ],
        Sheet.LIBRARIES: [_library(entry) for entry in content.libraries],
        Sheet.VENUES: [
            _filled(
                library=entry.library,
                name=entry.name,
                address=entry.address,
                inside=word_of("inside", "true" if entry.inside else "false"),
            )
            for entry in content.venues
        ],
        Sheet.RULES: [
            _filled(template=word_of("template", entry.template), library=entry.library, **_rules(entry.rules))
            for entry in content.rule_sets
        ],
        Sheet.EVENTS: [_event(entry) for entry in content.events],
        Sheet.QUESTIONS: [_question(event.key, each) for event in content.events for each in event.questions],
        Sheet.OCCURRENCES: [_occurrence(entry, libraries[entry.event]) for entry in content.occurrences],
    }


def _style_word(name: str, value: str | bool) -> str:
    code = value if isinstance(value, str) else str(value).lower()
    return word_of(f"style_{name}", code)


def _library(entry: LibraryEntry) -> dict[str, Value]:
    return _filled(
        code=entry.code,
        name=entry.name,
        aliases=list(entry.aliases),
        level=word_of("level", entry.level),
        parent=entry.parent,
        contact=entry.contact,
        population=entry.population,
    )


def _event(entry: EventEntry) -> dict[str, Value]:
    return _filled(
        key=entry.key,
        title=entry.title,
        category=word_of("category", entry.category),
        kind=entry.kind,
        library=entry.library,
        partner_libraries=list(entry.partner_libraries),
        partners=list(entry.partners),
        parent=entry.parent,
        audience=list(entry.audience),
        speaker=entry.speaker,
        summary=entry.summary,
        sign_up=word_of("sign_up", entry.sign_up),
        template=word_of("template", entry.template),
        notes=entry.notes,
        **_rules(entry.rules),
    )


def _rules(patch: Patch) -> dict[str, Value | None]:
    """A cell for each rule that is set; what is without limit is written out, since an empty cell inherits."""
    return {rule: _rule(rule, value) for rule, value in patch.items()}


def _rule(rule: str, value: object) -> Value:
    match value:
        case None | "" | []:
            return word_of(rule, "unlimited")
        case bool():
            return word_of(rule, "true" if value else "false")
        case int():
            return value
        case list() | tuple():
            return [str(part) for part in value]
        case _:
            return word_of(rule, str(value))


def _question(event: str, question: Question) -> dict[str, Value]:
    return _filled(
        event=event,
        key=question.key,
        text=question.text,
        answer_kind=word_of("answer_kind", question.kind),
        options=list(question.options),
        only_if="=".join(question.only_if) if question.only_if else None,
    )


def _occurrence(entry: OccurrenceEntry, library: str) -> dict[str, Value]:
    venue = entry.venue
    first = [venue.name if venue.library == library else f"{venue.library}/{venue.name}"] if venue else []
    return _filled(
        event=entry.event,
        key=entry.key,
        label=entry.label,
        date_text=entry.date_text,
        venues=[*first, *entry.extra_venues],
        mode=word_of("mode", entry.mode),
        status=word_of("status", entry.status),
        capacity=entry.capacity,
        overbooking=entry.overbooking or None,
        opens=_local_moment(entry.opens_at),
        closes=_local_moment(entry.closes_at),
        **_times(entry),
    )


def _times(entry: OccurrenceEntry) -> dict[str, Value | None]:
    if entry.starts_at is None or entry.ends_at is None:
        return {}
    start, end = local(entry.starts_at), local(entry.ends_at)
    return {
        "start_date": start.date(),
        "end_date": end.date() if end.date() != start.date() else None,
        "start_time": None if entry.all_day else start.time(),
        "end_time": None if entry.all_day else end.time(),
    }


def _local_moment(moment: datetime | None) -> datetime | None:
    return None if moment is None else local(moment).replace(tzinfo=None)


def _filled(**cells: Value | None) -> dict[str, Value]:
    return {field: value for field, value in cells.items() if value is not None and value != "" and value != []}
