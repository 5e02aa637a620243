"""Commands that count: a campaign's summary, the rows behind one of its figures, a year for the national form."""

from __future__ import annotations

import json
from datetime import datetime

import click
from flask.cli import with_appcontext
from sqlalchemy import Connection

from bot.domain.clock import local
from bot.domain.kinds import Category
from bot.domain.trace import Measure, Trace, total_of
from bot.keeper import opened_services, stop, which_campaign
from bot.reports.summary_json import to_dict, to_year_dict
from bot.services.campaigns import NoSuchCampaign, choose_campaign
from bot.services.counting import UnknownSetting, change_counting, counting_of
from bot.services.national import count_year
from bot.services.summary import summarize, with_past
from bot.store.campaigns import events_by_key, libraries_by_code, occurrences_by_key
from bot.store.trace_rows import list_rows
from bot.texts import counting as rule_words
from bot.texts import summary as words
from bot.texts.metrics import plain_number


def _chosen(tx: Connection, campaign: str | None) -> int:
    try:
        return choose_campaign(tx, campaign)
    except NoSuchCampaign as error:
        stop(which_campaign(error))


class _CountsByDefault(click.Group):
    """`summary CAMPAIGN` counts; only a word that names a command of its own is one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args[:1] != ["--help"] and args[:1] != ["rows"]:
            args = ["count", *args]
        return super().parse_args(ctx, args)


@click.group("summary", cls=_CountsByDefault)
def summary() -> None:
    """Count a campaign (`summary CAMPAIGN`), or show the rows behind a figure (`summary rows CAMPAIGN`)."""


@summary.command("count")
@click.argument("campaign", required=False)
@click.option("--json", "as_json", is_flag=True, help="All figures, for machines.")
@click.option("--year", type=click.IntRange(1990, 2100), help="The national form's cells for a year to date, as JSON.")
@with_appcontext
def count(campaign: str | None, as_json: bool, year: int | None) -> None:
    """Count a campaign; CAMPAIGN may be left out when there is only one."""
    services = opened_services()
    now = services.clock()
    with services.db.reading() as tx:
        if year is not None:
            click.echo(_json(to_year_dict(count_year(tx, year, services.keys, now))))
            return
        counted = summarize(tx, _chosen(tx, campaign), services.keys, now)
        if as_json:
            click.echo(_json(to_dict(with_past(tx, counted, services.keys, now))))
            return
    for line in words.campaign_lines(counted):
        click.echo(line)
    for line in rule_words.rule_lines(counted.rules):
        click.echo(f"  {line}")


@summary.command("rows")
@click.argument("campaign", required=False)
@click.option("--measure", required=True, type=click.Choice([measure.value for measure in Measure]))
@click.option("--library", help="Code of a library; with what is below it.")
@click.option("--category", type=click.Choice([category.value for category in Category]))
@click.option("--event", help="Key of an event.")
@click.option("--number", type=int, help="Public number of an occurrence.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="A local day.")
@click.option("--metric", default="", help="Of a tally, with --unit.")
@click.option("--unit", default="")
@with_appcontext
def rows(
    campaign: str | None,
    measure: str,
    library: str | None,
    category: str | None,
    event: str | None,
    number: int | None,
    day: datetime | None,
    metric: str,
    unit: str,
) -> None:
    """The rows behind a figure: kind, id, moment, number, title, what it adds, words; last their sum."""
    services = opened_services()
    now = services.clock()
    with services.db.reading() as tx:
        campaign_id = _chosen(tx, campaign)
        trace = Trace(
            measure=Measure(measure),
            library_id=_library_id(tx, library) if library else None,
            branches=library is not None,
            category=Category(category) if category else None,
            event_id=_event_id(tx, campaign_id, event) if event else None,
            occurrence_id=_occurrence_id(tx, campaign_id, number) if number is not None else None,
            day=day.date() if day else None,
            metric=metric,
            unit=unit,
        )
        found = list_rows(tx, campaign_id, trace, services.keys, now)
    for row in found:
        at = local(row.at).strftime("%Y-%m-%d %H:%M") if row.at else "-"
        told = [row.kind.value, row.id, at, row.number or "-", row.title, plain_number(row.adds), row.words]
        click.echo("\t".join(str(cell) for cell in told))
    click.echo(f"= {plain_number(total_of(found))}")


@click.command("counting")
@click.argument("campaign")
@click.argument("settings", nargs=-1, metavar="[RULE=CHOICE]...")
@with_appcontext
def counting(campaign: str, settings: tuple[str, ...]) -> None:
    """Show the counting rules of CAMPAIGN, or set some of them: hybrid=apart, or in Chinese as the file has them."""
    services = opened_services()
    if not settings:
        with services.db.reading() as tx:
            for line in rule_words.setting_lines(counting_of(tx, _chosen(tx, campaign))):
                click.echo(line)
        return
    with services.db.writing() as tx:
        try:
            title, changed = change_counting(tx, _chosen(tx, campaign), settings, "command", services.clock())
        except UnknownSetting as error:
            stop(rule_words.no_such_setting(str(error)))
    click.echo(rule_words.settings_saved(title, changed))


def _library_id(tx: Connection, code: str) -> int:
    stored = libraries_by_code(tx).get(code)
    if stored is None:
        stop(f"No library has the code {code}.")
    return int(stored.id)


def _event_id(tx: Connection, campaign_id: int, key: str) -> int:
    stored = events_by_key(tx, campaign_id).get(key)
    if stored is None:
        stop(f"No event of this campaign has the key {key}.")
    return int(stored.id)


def _occurrence_id(tx: Connection, campaign_id: int, number: int) -> int:
    found = [row.id for row in occurrences_by_key(tx, campaign_id).values() if row.number == number]
    if not found:
        stop(f"No occurrence of this campaign has the number {number}.")
    return int(found[0])


def _json(data: dict[str, object]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2)
