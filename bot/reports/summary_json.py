"""A summary as plain data for `summary --json`: stable English keys, Chinese names as values."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from bot.domain.clock import local
from bot.domain.coverage import MediaItem, NoteFacts, PhotoFacts
from bot.domain.kinds import Exactness
from bot.domain.national import NationalFigures, NationalYear
from bot.domain.summary import Comparison, EventSummary, Figures, LibrarySummary, OccurrenceSummary, Summary
from bot.domain.summary_facts import CountedEvent, Counts
from bot.domain.tally import TallyFacts, TallyTotal
from bot.texts.audiences import audience_name
from bot.texts.metrics import metric_name, words
from bot.texts.summary import category_name, schedule_figures

Data = dict[str, Any]


def to_dict(summary: Summary) -> Data:
    """All of a summary. Numbers are integers where they are whole; moments are ISO with the local offset."""
    campaign, names = summary.campaign, _Names(summary)
    return {
        "campaign": {
            "key": campaign.key,
            "title": campaign.title,
            "theme": campaign.theme,
            "starts_on": campaign.starts_on.isoformat(),
            "ends_on": campaign.ends_on.isoformat(),
            "freezes_at": _moment(campaign.freezes_at),
            "frozen_at": _moment(campaign.frozen_at),
        },
        "counting": summary.rules.as_data(),
        "made_at": local(summary.made_at).isoformat(timespec="seconds"),
        "library": summary.library.code if summary.library else None,
        "day": _iso(summary.day),
        "total": _figures(summary.total),
        "headlines": [_tally(tally) for tally in summary.headlines],
        "libraries": [_library(part) for part in summary.libraries],
        "categories": [
            {
                "category": part.category.value if part.category else None,
                "name": category_name(part.category),
                **_figures(part.figures),
            }
            for part in summary.categories
        ],
        "days": [{"day": _iso(part.day), **_figures(part.figures)} for part in summary.days],
        "events": [_event(part, names) for part in summary.events],
        "occurrences": [_occurrence(part) for part in summary.occurrences],
        "modes": [{"mode": part.mode.value, **_figures(part.figures)} for part in summary.modes],
        "audiences": [
            {"audience": part.audience.value, "name": audience_name(part.audience), **_figures(part.figures)}
            for part in summary.audiences
        ],
        "shelves": [
            {
                "library": part.library.code,
                "category": part.category.value if part.category else None,
                **_figures(part.figures),
            }
            for part in summary.shelves
        ],
        "arrivals": [
            {"hour": hour.isoformat(timespec="minutes"), "people": people} for hour, people in summary.arrivals
        ],
        **_beside(summary, names),
        "month_before": _comparison(summary.month_before, summary),
        "year_before": _comparison(summary.year_before, summary),
    }


def to_year_dict(counted: NationalYear) -> Data:
    """The national extract of a year to date."""
    return {
        "year": counted.year,
        "until": counted.until.isoformat(),
        "total": _national(counted.total),
        "libraries": [
            {"code": library.code, "name": library.name, **_national(figures)}
            for library, figures in counted.by_library
        ],
    }


def _national(figures: NationalFigures) -> Data:
    numbers = {field.name: getattr(figures, field.name) for field in fields(NationalFigures)}
    return {**numbers, "events": figures.events, "people": figures.people}


def _beside(summary: Summary, names: _Names) -> Data:
    """What stands beside the figures: coverage, notes, photos, and who confirmed."""
    return {
        "media": [_media(item, names) for item in summary.media],
        "notes": [{**_place(each, names), "length": len(each.words)} for each in summary.notes],
        "photos": [{**_place(each, names), "width": each.width, "height": each.height} for each in summary.photos],
        "confirmations": [
            {"library": each.library.code, "state": each.state.value, "confirmed_at": _moment(each.confirmed_at)}
            for each in summary.confirmations
        ],
    }


def _media(item: MediaItem, names: _Names) -> Data:
    return {
        **_place(item, names),
        "day": _iso(item.day),
        "medium": item.medium.value,
        "outlet": item.outlet,
        "title": item.title,
        "link": item.link,
        "place": item.place,
    }


class _Names:
    """Codes of libraries and keys of events by their ids."""

    def __init__(self, summary: Summary) -> None:
        self.codes = {part.library.id: part.library.code for part in summary.libraries}
        self.keys = {part.event.id: part.event.key for part in summary.events}


def _place(item: MediaItem | NoteFacts | PhotoFacts, names: _Names) -> Data:
    """Where something stands; the words of notes and captions may hold names and are left out."""
    return {"library": names.codes.get(item.library_id), "event": names.keys.get(item.event_id or 0)}


def _comparison(past: Comparison | None, summary: Summary) -> Data | None:
    if past is None:
        return None
    codes: dict[int | None, str | None] = {part.library.id: part.library.code for part in summary.libraries}
    codes[None] = None
    return {
        "starts_on": past.starts_on.isoformat(),
        "ends_on": past.ends_on.isoformat(),
        "libraries": [
            {
                "library": codes[key],
                "sessions": counts.sessions,
                "person_times": counts.person_times,
                "online_people": counts.online_people + counts.online_live + counts.online_views,
            }
            for key, counts in past.figures.items()
            if key in codes
        ],
    }


def _library(part: LibrarySummary) -> Data:
    return {
        "code": part.library.code,
        "name": part.library.name,
        "level": part.library.level,
        "population": part.library.population,
        "own": _figures(part.own),
        "with_branches": _figures(part.with_branches),
        "co_hosts": [event.key for event in part.co_hosts],
    }


def _event(part: EventSummary, names: _Names) -> Data:
    event = part.event
    return {
        **_named(event),
        "category": event.category.value,
        "kind": event.kind,
        "library": part.library.code,
        "parent": names.keys.get(event.parent_id or 0),
        "partners": list(event.partners),
        "audience": list(event.audience),
        "audience_class": event.audience_class.value,
        "speaker": event.speaker,
        "venues": list(part.venues),
        "first_day": _iso(part.first_day),
        "last_day": _iso(part.last_day),
        "schedule": [
            {"metric": metric, "name": metric_name(metric), "number": number, "unit": unit, "exactness": "exact"}
            for metric, number, unit in schedule_figures(part)
        ],
        **_figures(part.figures),
    }


def _occurrence(part: OccurrenceSummary) -> Data:
    occurrence = part.occurrence
    return {
        "number": occurrence.number,
        "event": part.event.key,
        "title": part.event.title,
        "key": occurrence.key,
        "label": occurrence.label,
        "day": _iso(part.day),
        "starts_at": local(occurrence.starts_at).isoformat() if occurrence.starts_at else None,
        "ends_at": local(occurrence.ends_at).isoformat() if occurrence.ends_at else None,
        "all_day": occurrence.all_day,
        "date_text": occurrence.date_text,
        "venues": list(occurrence.venues),
        "mode": occurrence.mode.value,
        "status": occurrence.status.value,
        "limit": occurrence.capacity,
        **_figures(part.figures),
    }


def _figures(figures: Figures) -> Data:
    counts = {field.name: getattr(figures.counts, field.name) for field in fields(Counts)}
    return {
        "activities": figures.activities,
        **counts,
        "person_times": figures.counts.person_times,
        **{name: _share(getattr(figures.counts, name)) for name in _SHARES},
        "persons": figures.persons,
        "tallies": [_total(total) for total in figures.tallies],
        "unsummed": [_tally(tally) for tally in figures.unsummed],
    }


def _total(total: TallyTotal) -> Data:
    return {
        **_amount(total.metric, total.number, total.unit, total.exactness),
        "words": words(total.quantity),
        "parts": [
            {"part": part.part, "number": _number(part.number), "exactness": part.exactness.value}
            for part in total.parts
        ],
    }


def _tally(tally: TallyFacts) -> Data:
    return {
        **_amount(tally.metric, tally.number, tally.unit, tally.exactness),
        "words": words(tally.quantity),
        "written": tally.written,
        "part": tally.part,
        "recipient": tally.recipient,
        "wording": tally.wording,
    }


def _amount(metric: str, number: Decimal | None, unit: str, exactness: Exactness) -> Data:
    return {
        "metric": metric,
        "name": metric_name(metric),
        "number": _number(number),
        "unit": unit,
        "exactness": exactness.value,
    }


def _named(event: CountedEvent) -> Data:
    return {"key": event.key, "title": event.title}


def _number(number: Decimal | None) -> int | float | None:
    if number is None:
        return None
    return int(number) if number == number.to_integral_value() else float(number)


_SHARES = ("fill_rate", "attendance_rate", "no_show_rate", "conversion_rate", "satisfaction", "mean_stars")


def _share(share: Fraction | None) -> float | None:
    return None if share is None else round(float(share), 4)


def _moment(at: datetime | None) -> str | None:
    return local(at).isoformat(timespec="seconds") if at else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
