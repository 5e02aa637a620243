"""`flask report`: building, freezing and keeping the versions of a campaign's report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import Connection

from bot.domain.clock import local
from bot.domain.closing import DRAFT
from bot.domain.summary import Confirmed
from bot.keeper import opened_services, read_file, stop, which_campaign
from bot.press import Press
from bot.services.campaigns import NoSuchCampaign, choose_campaign
from bot.services.closing import confirm_by_command, show_confirmations
from bot.services.report_desk import NoSuchSlot, edit_slot
from bot.services.reports import (
    Frozen,
    FrozenMeanwhile,
    NotFrozen,
    VersionLeft,
    freeze,
    leave_version,
    load_differences,
)
from bot.store import reports as store
from bot.store.libraries import find_library
from bot.texts.differences import difference_words
from bot.texts.report_wording import WordingRefused, use_wording_file
from bot.wiring import Services

report = AppGroup("report", help="Reports of campaigns: drafts, the freeze, and versions.")

_CAMPAIGN = click.argument("campaign", required=False)
_LIBRARY = click.option("--library", "library_name", help="Code or name of a library: its own report.")


@report.command("build")
@_CAMPAIGN
@_LIBRARY
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for the files.")
@click.option("--public", is_flag=True, help="Write only what anybody may see.")
@click.option("--pdf", is_flag=True, help="A PDF of each document too, where LibreOffice is there.")
def build_report(campaign: str | None, library_name: str | None, out: Path | None, *, public: bool, pdf: bool) -> None:
    """Build the draft of a report, or write the newest version of a frozen one; CAMPAIGN may be left out when there is
    only one. Progress goes to the error stream, the names of the files to the output."""
    services = opened_services()
    campaign_id, library_id = _chosen(services, campaign, library_name)
    made, files = _press(services).build_draft(campaign_id, library_id, _progress)
    number = DRAFT
    if isinstance(made, FrozenMeanwhile):
        number, files = _newest(services, campaign_id, library_id)
    click.echo("draft" if number == DRAFT else f"version {number}")
    if out is not None:
        _write(out, {name: data for name, data in files.items() if not public or name.startswith("public")}, pdf=pdf)


def _progress(step: str, done: int, of: int) -> None:
    click.echo(f"[{done}/{of}] {step or 'done'}", err=True)


def _newest(services: Services, campaign_id: int, library_id: int | None) -> tuple[int, Mapping[str, bytes]]:
    """The newest version of a frozen report, drawn if nobody had drawn it."""
    press = _press(services)
    press.add_version_of(campaign_id, library_id)
    press.draw_versions(_progress)
    with services.db.reading() as tx:
        latest = store.find_latest(tx, campaign_id, library_id)
        assert latest is not None  # the freeze made it
        names = store.list_documents(tx, latest.id)
        return latest.number, {name: store.read_document(tx, latest.id, name) or b"" for name in names}


def _write(out: Path, files: Mapping[str, bytes], *, pdf: bool) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (out / name).write_bytes(content)
        click.echo(str(out / name))
        if pdf and name.endswith(".docx"):
            _write_pdf(out / name, content)


def _write_pdf(document: Path, content: bytes) -> None:
    from bot.reports.preview import to_pdf  # only here: nobody else needs LibreOffice

    drawn = to_pdf(content)
    if drawn is None:
        click.echo("No PDF: LibreOffice is not on this machine, or it failed.", err=True)
        return
    document.with_suffix(".pdf").write_bytes(drawn)
    click.echo(str(document.with_suffix(".pdf")))


@report.command("freeze")
@_CAMPAIGN
def freeze_campaign(campaign: str | None) -> None:
    """Freeze a campaign's figures now, whatever its hour, and draw version 1."""
    services = opened_services()
    campaign_id, _ = _chosen(services, campaign, None)
    with services.db.writing() as tx:
        outcome = freeze(tx, campaign_id, services.keys, services.clock(), actor="command", at_once=True)
    _press(services).draw_versions(_progress)
    click.echo("frozen" if isinstance(outcome, Frozen) else "frozen before")


@report.command("confirm")
@_CAMPAIGN
@_LIBRARY
def confirm(campaign: str | None, library_name: str | None) -> None:
    """Say that a library's figures are right as they are; without --library, those of all that have not said so."""
    services = opened_services()
    campaign_id, library_id = _chosen(services, campaign, library_name)
    with services.db.writing() as tx:
        now = services.clock()
        states = show_confirmations(tx, campaign_id, services.keys, now)
        missing = [each.library.id for each in states if each.state is not Confirmed.YES]
        for each in missing if library_id is None else [library_id]:
            confirm_by_command(tx, campaign_id, each, services.keys, now)
        states = show_confirmations(tx, campaign_id, services.keys, now)
    for state in states:
        click.echo(f"{state.library.code}\t{state.state.value}")


@report.command("reissue")
@_CAMPAIGN
@click.option("--reason", required=True, help="Why; it stands in the list of versions.")
def reissue(campaign: str | None, reason: str) -> None:
    """Keep the figures as they are now as the next version, such as after devices brought something late."""
    services = opened_services()
    campaign_id, _ = _chosen(services, campaign, None)
    with services.db.writing() as tx:
        outcome = leave_version(tx, campaign_id, None, reason, services.keys, services.clock())
    if isinstance(outcome, NotFrozen):
        stop("The campaign is not frozen yet: the draft follows the figures by itself.")
    if not isinstance(outcome, VersionLeft):
        stop(f"Nothing differs from version {outcome.number}.")
    _press(services).draw_versions(_progress)
    click.echo(f"version {outcome.number}\t{len(outcome.differences)}")
    for difference in outcome.differences:
        click.echo(f"\t{difference_words(difference)}")


@report.command("versions")
@_CAMPAIGN
@_LIBRARY
def print_versions(campaign: str | None, library_name: str | None) -> None:
    """The versions, newest first: number (0: the draft), moment, by whom, reason; then what differs from the one
    before."""
    services = opened_services()
    campaign_id, library_id = _chosen(services, campaign, library_name)
    with services.db.reading() as tx:
        for version in store.list_versions(tx, campaign_id, library_id):
            who = f"staff-{version.staff_id}" if version.staff_id is not None else "-"
            click.echo(f"{version.number}\t{local(version.made_at):%Y-%m-%d %H:%M}\t{who}\t{version.reason}")
            for difference in load_differences(tx, version.id):
                click.echo(f"\t{difference_words(difference)}")


@report.command("wording")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def print_wording(file: Path | None) -> None:
    """Print the wording rules in force, ready to be edited; with FILE, what they would be with it, or its faults.

    A library's own file is REPORT_WORDING, or report_wording.yaml in DATA_DIR; it says only what differs.
    """
    services = opened_services()
    try:
        wording = use_wording_file(file or services.settings.effective_report_wording)
    except WordingRefused as error:
        stop(*error.faults)
    click.echo(wording.source)


@report.command("slot")
@click.option("--campaign", help="Key of the campaign; may be left out when there is only one.")
@_LIBRARY
@click.argument("name")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def write_slot(campaign: str | None, library_name: str | None, name: str, file: Path | None) -> None:
    """Let the words in FILE stand at NAME in place of the generated ones; without FILE, the generated ones again."""
    services = opened_services()
    campaign_id, library_id = _chosen(services, campaign, library_name)
    try:
        words = read_file(file).decode() if file else ""
    except UnicodeDecodeError:
        stop(f"{file} is not text in UTF-8.")
    with services.db.writing() as tx:
        outcome = edit_slot(tx, campaign_id, library_id, name, words, None, services.clock())
    if isinstance(outcome, NoSuchSlot):
        stop(f"Nobody had written anything at {name}.")
    click.echo(f"{name}\t{'written' if words.strip() else 'cleared'}")


def _press(services: Services) -> Press:
    try:
        return services.press()
    except WordingRefused as error:
        stop(*error.faults)


def _chosen(services: Services, campaign: str | None, library_name: str | None) -> tuple[int, int | None]:
    with services.db.reading() as tx:
        return _choose(tx, campaign, library_name)


def _choose(tx: Connection, campaign: str | None, library_name: str | None) -> tuple[int, int | None]:
    try:
        campaign_id = choose_campaign(tx, campaign)
    except NoSuchCampaign as error:
        stop(which_campaign(error))
    if library_name is None:
        return campaign_id, None
    library_id = find_library(tx, library_name)
    if library_id is None:
        stop(f"There is no library {library_name}, or several.")
    return campaign_id, library_id
