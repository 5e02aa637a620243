"""`flask poster`: posters as files."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from bot.commands import NUMBERS
from bot.domain.occurrence import OccurrenceFacts
from bot.keeper import opened_services, stop
from bot.reports.poster import Poster, Size, draw_pdf, draw_png
from bot.services.posters import dates_of, list_of_campaign, theme_of
from bot.store.occurrences import find_by_number
from bot.wechat.scene_qrs import PosterCodes
from bot.wiring import Services


@click.command("poster")
@click.argument("number", type=NUMBERS, metavar="NUMBER", required=False)
@click.option("--campaign", help="Key of a campaign: a PDF with a page for each coming occurrence.")
@click.option("--all-dates", is_flag=True, help="All coming dates of the event on one poster.")
@click.option("--size", type=click.Choice([Size.A4.value, Size.A3.value]), default=Size.A4.value)
@click.option("--out", required=True, type=click.Path(dir_okay=False, writable=True, path_type=Path))
@with_appcontext
def poster(number: int | None, campaign: str | None, all_dates: bool, size: str, out: Path) -> None:
    """Draw the poster of an occurrence (NUMBER) or of a whole campaign to a PDF, or to a PNG for phones."""
    services = opened_services()
    if out.suffix not in (".pdf", ".png"):
        stop(f"{out.name} must end in .pdf or .png.")
    groups = _chosen(services, number, campaign, all_dates=all_dates)
    if out.suffix == ".png" and len(groups) > 1:
        stop("A PNG holds one poster; give a NUMBER, or a file that ends in .pdf.")
    codes = PosterCodes(services.db, services.gateway, services.settings.account_qr)
    drawn = [_poster(services, codes, shown, theme) for shown, theme in groups]
    out.write_bytes(draw_png(drawn[0]) if out.suffix == ".png" else draw_pdf(drawn, Size(size)))
    click.echo(f"{out}\t{len(drawn)}\t{drawn[0].code.kind.value}")


def _chosen(
    services: Services, number: int | None, campaign: str | None, *, all_dates: bool
) -> list[tuple[tuple[OccurrenceFacts, ...], str]]:
    now = services.clock()
    if (number is None) == (campaign is None):
        stop("Give either a NUMBER or --campaign.")
    with services.db.reading() as tx:
        if number is not None:
            facts = find_by_number(tx, number, now)
            found = [] if facts is None else [dates_of(tx, facts, now) if all_dates else (facts,)]
        else:
            found = [(each,) for each in list_of_campaign(tx, campaign or "", now)]
        if not found:
            stop("There is no such occurrence, or nothing is to come.")
        return [(shown, theme_of(tx, shown[0])) for shown in found]


def _poster(services: Services, codes: PosterCodes, shown: tuple[OccurrenceFacts, ...], theme: str) -> Poster:
    settings = services.settings
    code = codes.find(shown[0], services.clock()).code
    return Poster(shown, theme, settings.account_name, settings.contact or shown[0].library_contact, code)
