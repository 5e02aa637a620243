"""Whatever a campaign holds, its report reads as text: no holes, no doubled marks, no figure that nobody counted."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.domain.clock import local
from bot.domain.report_style import CountsAs, Form, GroupBy, Headings, Numbering, Points, ReportStyle
from bot.domain.summary import Figures, Summary
from bot.domain.summary_facts import Counts
from bot.reports.document import Document, Heading, Paragraph
from bot.reports.report_text import write_report
from tests.reports.any_campaign import plain, summaries

styles = st.builds(
    ReportStyle,
    form=st.none() | st.sampled_from(Form),
    group_by=st.sampled_from(GroupBy),
    numbering=st.sampled_from(Numbering),
    headings=st.sampled_from(Headings),
    points=st.sampled_from(Points),
    counts=st.just(CountsAs.EXACT),
    details=st.booleans(),
)
quick = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
    ],  # a found week is small enough to read, shrinking takes a minute
)


def pieces(document: Document) -> list[str]:
    """All words of a document, a piece for each paragraph."""
    found = [document.title, document.addressee, document.closing, document.issuer, *document.to_check]
    for block in document.blocks:
        if isinstance(block, Heading):
            found += [block.words, block.run_in]
        elif isinstance(block, Paragraph):
            found.append(block.words)
    return [piece for piece in found if piece]


_DOUBLED = re.compile("[，。；、：][，。；、：]|[！？][，；、：。]|“”|《》|（）|‘’|【】|^[，。；、：]")


@quick
@given(summaries(), styles, st.booleans())
def test_any_campaign_reads_as_text(summary: Summary, style: ReportStyle, public: bool) -> None:
    for piece in pieces(write_report(summary, style, {}, public=public)):
        assert not _DOUBLED.search(piece), piece
        assert "1场场次" not in piece and "None" not in piece, piece
        assert not re.search(r"[{}\n\t]", piece), piece
        for opening, closing in ("“”", "‘’", "《》", "（）", "【】", "〔〕"):
            assert piece.count(opening) == piece.count(closing), piece


@quick
@given(summaries(), styles)
def test_the_same_figures_give_the_same_document(summary: Summary, style: ReportStyle) -> None:
    assert write_report(summary, style, {}) == write_report(summary, style, {})


@quick
@given(summaries(plain), styles)
def test_every_number_in_the_text_is_in_the_summary(summary: Summary, style: ReportStyle) -> None:
    known = _numbers_of(summary)
    for piece in pieces(write_report(summary, style, {})):
        for digits, scale in re.findall(r"(\d+(?:\.\d+)?)(万?)", piece):
            assert Decimal(digits) * (10_000 if scale else 1) in known, (digits, piece)


def _numbers_of(summary: Summary) -> set[Decimal]:
    """Every number of a summary: counts, tallies, how many there are of a thing, days and hours."""
    found: set[int | Decimal] = {len(summary.libraries), len(summary.media)}
    everywhere = [summary.total, *(part.figures for part in summary.events)]
    everywhere += [part.figures for part in summary.categories] + [part.figures for part in summary.shelves]
    for figures in everywhere:
        found |= _figures(figures)
    found |= {len({part.library.id for part in summary.events[:size]}) for size in range(len(summary.events) + 1)}
    found |= {tally.number for tally in summary.headlines if tally.number is not None}
    for part in summary.events:
        found |= {len(part.venues)}
        if part.duration:
            found.add(part.duration.number)
    for one in summary.occurrences:
        for moment in (one.occurrence.starts_at, one.occurrence.ends_at):
            if moment:
                found |= _of_moment(local(moment))
    for day in (summary.campaign.starts_on, summary.campaign.ends_on):
        found |= _of_day(day)
    return {Decimal(number) for number in found}


def _of_day(day: date) -> set[int | Decimal]:
    return {day.year, day.month, day.day}


def _of_moment(moment: datetime) -> set[int | Decimal]:
    return {*_of_day(moment.date()), moment.hour, moment.hour - 12, moment.minute}


def _figures(figures: Figures) -> set[int | Decimal]:
    found: set[int | Decimal] = {figures.activities, figures.persons, figures.counts.person_times}
    found |= {getattr(figures.counts, field.name) for field in fields(Counts)}
    for total in figures.tallies:
        found |= {total.number, *(part.number for part in (*total.parts, *total.shares))}
    return found | {tally.number for tally in figures.unsummed if tally.number is not None}


@quick
@given(summaries())
def test_the_public_version_names_no_speaker_and_shows_no_note(summary: Summary) -> None:
    speakers = {part.event.speaker for part in summary.events if part.event.speaker == "“悦读”讲座"}
    document = write_report(summary, ReportStyle(), {}, public=True)
    assert document.to_check == ()
    assert not any("主讲的" in piece for piece in pieces(document) if not _says(summary, "主讲的")), speakers
    assert document.attachments == ()


def _says(summary: Summary, words: str) -> bool:
    return words in repr(summary)
