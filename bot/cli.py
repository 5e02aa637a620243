"""The `flask` commands. Each opens one transaction, calls a service and prints what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import Connection

from bot.cli_doctor import doctor
from bot.cli_keys import keys
from bot.cli_menu import menu
from bot.cli_poster import poster
from bot.cli_report import report
from bot.cli_staff import staff
from bot.cli_summary import counting, summary
from bot.commands import NUMBERS, SEATS
from bot.domain.campaign_file import FileRefused
from bot.domain.change import Changed, ChangeOutcome, NothingChanged, SeatsExceededError
from bot.domain.clock import LOCAL, local
from bot.domain.kinds import Role
from bot.domain.lottery import Flaw, Lot, ResultUnreadable, draw_due_at, find_flaws, is_by_lot, read_published
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.ticket import read_short_code
from bot.keeper import opened_services, read_file, stop, which_campaign
from bot.reports.campaign_workbook import write_campaign_workbook, write_campaign_yaml
from bot.services import changes
from bot.services.appeals import Decided, find_standing_by_code, lift_by_command
from bot.services.campaigns import (
    NoSuchCampaign,
    export_campaign,
    import_campaign_file,
    list_campaigns,
)
from bot.services.card_lists import UnknownLibrary, import_card_list
from bot.services.demo import load_demo
from bot.services.lotteries import Drawn, DrawnBefore, NotDrawn, draw_lottery
from bot.services.notices import NotResendableError, list_failed_notices, resend_notice
from bot.services.reports import VersionLeft, leave_version
from bot.services.staff import invite_at_start
from bot.services.tally_files import import_tally_file
from bot.store.card_lists import list_card_lists
from bot.store.lotteries import Lottery, count_entries, find_lottery
from bot.store.migrate import upgrade
from bot.store.occurrences import find_by_number
from bot.texts import changes as change_words
from bot.texts import summary as words
from bot.texts.campaign_files import fault_report
from bot.texts.card_lists import card_list_imported
from bot.texts.closing import late_tally, version_left
from bot.texts.unreached import why_in_words
from bot.wiring import Services

database = AppGroup("db", help="The database schema.")
campaigns = AppGroup("campaign", help="Programmes of event weeks.")
card_lists = AppGroup("card-list", help="Readers who may sign up where an event asks for a group.")
occurrences = AppGroup("occurrence", help="Changes to one occurrence; readers are told.")
tallies = AppGroup("tally", help="Quantities noted by staff.")
standing = AppGroup("standing", help="No-shows and what followed from them. CODE: of a suspension, or of a ticket.")
notices = AppGroup("notices", help="Notices that did not reach their readers.")
lotteries = AppGroup("lottery", help="Places that are drawn by lot.")
demo = AppGroup("demo", help="The sample campaign.")


_NUMBER = click.argument("number", type=NUMBERS, metavar="NUMBER")
_MOMENTS = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))


@database.command("upgrade")
def upgrade_database() -> None:
    """Bring the schema to the newest version."""
    upgrade(opened_services(any_schema=True).db)
    click.echo("The database schema is up to date.")


@campaigns.command("import")
@_FILE
def import_campaign(file: Path) -> None:
    """Import a programme (xlsx or YAML); with any fault nothing is imported."""
    services = opened_services()
    now = services.clock()
    data = read_file(file)
    try:
        with services.db.writing() as tx:
            outcome = import_campaign_file(tx, data, now)
            told = 0 if isinstance(outcome, FileRefused) else changes.follow_up_import(tx, outcome, now)
    except SeatsExceededError as error:
        stop(change_words.unit_leaves_no_room(error))
    if isinstance(outcome, FileRefused):
        stop(*fault_report(outcome.faults))
    for line in words.campaign_imported(outcome):
        click.echo(line)
    if told:
        click.echo(words.readers_told(told))


@campaigns.command("list")
def print_campaigns() -> None:
    """List the campaigns, newest first: key, first day, last day, occurrences, title."""
    with opened_services().db.reading() as tx:
        for listed in list_campaigns(tx):
            click.echo(f"{listed.key}\t{listed.starts_on}\t{listed.ends_on}\t{listed.occurrences}\t{listed.title}")


@campaigns.command("export")
@click.argument("campaign")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def export_to_file(campaign: str, file: Path) -> None:
    """Write a programme to FILE: xlsx or YAML, by its ending."""
    with opened_services().db.reading() as tx:
        try:
            content = export_campaign(tx, campaign)
        except NoSuchCampaign as error:
            stop(which_campaign(error))
    if file.suffix == ".xlsx":
        written = write_campaign_workbook(content)
    elif file.suffix in (".yaml", ".yml"):
        written = write_campaign_yaml(content).encode()
    else:
        stop(f"{file.name} must end in .xlsx or .yaml.")
    try:
        file.write_bytes(written)
    except OSError as error:
        stop(f"{file} cannot be written: {error.strerror}.")


campaigns.add_command(counting)


@card_lists.command("import")
@_FILE
@click.option("--library", "library_name", required=True, help="Code or name of the library.")
@click.option("--group", required=True, help="Name of the list, as events name it in their rules.")
@click.option("--replace", is_flag=True, help="Take off the list whoever is not in the file.")
def import_cards(file: Path, library_name: str, group: str, *, replace: bool) -> None:
    """Put reader cards on a list (xlsx, csv or text, one number a line); with any fault nothing is imported."""
    services = opened_services()
    data = read_file(file)
    with services.db.writing() as tx:
        try:
            outcome = import_card_list(
                tx, data, library_name, group, services.keys, services.clock(), replace=replace, actor="command"
            )
        except UnknownLibrary as error:
            stop(str(error))
    if isinstance(outcome, FileRefused):
        stop(*fault_report(outcome.faults))
    click.echo(card_list_imported(outcome))


@card_lists.command("list")
def print_card_lists() -> None:
    """The lists: library, group, number of cards."""
    with opened_services().db.reading() as tx:
        for listed in list_card_lists(tx):
            click.echo(f"{listed.library}\t{listed.group}\t{listed.cards}")


@occurrences.command("cancel")
@_NUMBER
@click.option("--reason", required=True, help="Why; readers are told.")
def cancel_one(number: int, reason: str) -> None:
    """Call an occurrence off and tell everybody concerned."""
    _change(number, lambda tx, place, now: changes.cancel_occurrence(tx, place, reason, "command", now))


@occurrences.command("restore")
@_NUMBER
@click.option("--reason", default="", help="Why; kept in the audit.")
def restore_one(number: int, reason: str) -> None:
    """Hold an occurrence after all that was called off, and tell everybody concerned."""
    _change(number, lambda tx, place, now: changes.restore_occurrence(tx, place, reason, "command", now))


@occurrences.command("move")
@_NUMBER
@click.option("--start", type=click.DateTime(_MOMENTS), help="New start, library time: 2026-05-29T14:00.")
@click.option("--end", type=click.DateTime(_MOMENTS), help="New end; without it, it lasts as long as before.")
@click.option("--venue", help="Name of the new venue.")
def move_one(number: int, start: datetime | None, end: datetime | None, venue: str | None) -> None:
    """Hold an occurrence at another time or in another room, and tell everybody concerned."""
    move = changes.Move(_in_library_time(start), _in_library_time(end), venue)
    if move == changes.Move():
        stop("Say what is to be different: --start, --end or --venue.")
    _change(number, lambda tx, place, now: changes.move_occurrence(tx, place, move, "command", now))


@occurrences.command("seats")
@_NUMBER
@click.argument("seats", type=SEATS, metavar="SEATS")
@click.option("--overbooking", type=SEATS, help="Seats beyond the capacity; without it, as before.")
def change_seats_of_one(number: int, seats: int, overbooking: int | None) -> None:
    """Give an occurrence more or fewer seats; never fewer than are taken. New ones go to the line first."""
    _change(number, lambda tx, place, now: changes.change_seats(tx, place, seats, overbooking, "command", now))


def _in_library_time(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=LOCAL).astimezone(UTC) if moment else None


def _change(number: int, change: Callable[[Connection, int, datetime], ChangeOutcome]) -> None:
    """Do something to the occurrence with this number and print what came of it."""
    services = opened_services()
    now = services.clock()
    with services.db.writing() as tx:
        facts = find_by_number(tx, number, now)
        if facts is None:
            stop(f"There is no occurrence {number}.")
        outcome = change(tx, facts.id, now)
    if not isinstance(outcome, Changed | NothingChanged):
        stop(change_words.change_refused(outcome))
    click.echo(change_words.change_done(outcome))


def _photos_beside(file: Path) -> Callable[[str], tuple[bytes, int, int, str] | None]:
    """Opens photos that lie in the folder of the file, and nowhere else."""

    def open_photo(name: str) -> tuple[bytes, int, int, str] | None:
        from bot.reports.photos import NotAPhotoError, make_photo

        path = file.parent / Path(name).name
        try:
            return make_photo(path.read_bytes())
        except (OSError, NotAPhotoError):
            return None

    return open_photo


@tallies.command("import")
@_FILE
@click.option("--campaign", help="Put the figures to this campaign instead of the one the file names.")
def import_tallies(file: Path, campaign: str | None) -> None:
    """Import quantities (xlsx or YAML); with any fault nothing is imported."""
    services = opened_services()
    data = read_file(file)
    with services.db.writing() as tx:
        now = services.clock()
        outcome = import_tally_file(tx, data, now, campaign_key=campaign, open_photo=_photos_beside(file))
        if isinstance(outcome, FileRefused):
            stop(*fault_report(outcome.faults))
        left = leave_version(tx, outcome.campaign_id, None, late_tally(), services.keys, now)
    click.echo(words.tallies_imported(outcome))
    if isinstance(left, VersionLeft):
        click.echo(version_left(left.number, len(left.differences)))


@notices.command("list")
def print_notices() -> None:
    """Notices that failed or of unknown outcome: id, kind, number, title, moment, state, way and reason, error."""
    with opened_services().db.reading() as tx:
        for row in list_failed_notices(tx):
            shown = [row[name] for name in ("id", "kind", "number", "title", "moment", "state")]
            told = ["" if each is None else str(each) for each in shown]  # to staff: no number and title
            click.echo("\t".join([*told, why_in_words(row["channel"], row["error_code"]), row["error"]]))


@notices.command("resend")
@click.argument("notice_id", type=NUMBERS, metavar="ID")
def send_again(notice_id: int) -> None:
    """Send a failed or unknown notice again. Of an unknown one the reader may have read a copy already."""
    services = opened_services()
    with services.db.writing() as tx:
        try:
            resend_notice(tx, notice_id, "command", services.clock())
        except NotResendableError as error:
            stop(f"{error}.")
    click.echo(f"notice {notice_id} will be sent")


_CODE = click.argument("code", callback=lambda _ctx, _param, typed: read_short_code(typed) or typed)
_REASON = click.option("--reason", required=True, help="The reader is told it; name nobody.")


@standing.command("show")
@_CODE
def show_standing(code: str) -> None:
    """All that is held about the reader behind CODE, without saying who: suspensions, then marks."""
    services = opened_services()
    with services.db.reading() as tx:
        held = find_standing_by_code(tx, code, services.clock())
    if held is None:
        stop(f"Nothing is held under {code}.")
    if held.suspension:
        click.echo(f"{held.suspension.code}\tsuspended\t{held.suspension.ends_at:%Y-%m-%d %H:%M}Z")
    for mark in held.marks:
        click.echo(f"{mark.code}\t{mark.kind.value}\t{mark.points}\t{mark.at:%Y-%m-%d %H:%M}Z\t{mark.name}")


@standing.command("lift")
@_CODE
@_REASON
def lift_suspension(code: str, reason: str) -> None:
    """End a suspension and take back all marks that led to it; the reader is told."""
    _lift(code, reason, is_suspension=True)


@standing.command("void")
@_CODE
@_REASON
def void_mark(code: str, reason: str) -> None:
    """Take back the mark of one ticket, with what rested on it; the reader is told."""
    _lift(code, reason, is_suspension=False)


def _lift(code: str, reason: str, *, is_suspension: bool) -> None:
    services = opened_services()
    with services.db.writing() as tx:
        decision = lift_by_command(tx, code, reason, services.clock(), is_suspension=is_suspension)
    if not isinstance(decision, Decided):
        stop(f"Nothing that stands is held under {code}.")
    click.echo(f"{code} lifted" if is_suspension else f"{code} void")


@demo.command("load")
def load_sample() -> None:
    """Load the sample campaign with its dates moved to now, or keep it alive."""
    services = opened_services()
    with services.db.writing() as tx:
        loaded = load_demo(tx, services.clock())
    click.echo(f"campaign {loaded.key}")
    click.echo(" ".join(["open-now", *(str(number) for number in loaded.open_now)]))


@click.command("start-up")
@click.option("--demo/--no-demo", "with_demo", default=False, help="Load the sample campaign.")
@with_appcontext
def start_up(with_demo: bool) -> None:
    """What `make run` needs before the processes start: schema, sample, one invitation of each kind."""
    services = opened_services(any_schema=True)
    upgrade(services.db)
    now = services.clock()
    with services.db.writing() as tx:
        numbers = load_demo(tx, now).open_now if with_demo else ()
        open_now = [facts.id for number in numbers if (facts := find_by_number(tx, number, now)) is not None]
        for role, scope in ((Role.ORGANISER, []), (Role.VENUE, open_now)):
            code = invite_at_start(tx, role, services.keys, now, scope)
            click.echo(f"invitation {role.value} {code}")


def _lottery_at(services: Services, number: int) -> tuple[OccurrenceFacts, Lottery | None, int]:
    """The occurrence of a public number, its lottery and its entries; stops when nothing is drawn there."""
    with services.db.reading() as tx:
        facts = find_by_number(tx, number, services.clock())
        lottery = find_lottery(tx, facts.id) if facts else None
        if facts is None:
            stop(f"There is no occurrence {number}.")
        if lottery is None and not is_by_lot(facts):
            stop(f"The places of occurrence {number} are not drawn by lot.")
        return facts, lottery, count_entries(tx, facts.id)


@lotteries.command("show")
@click.argument("number", type=NUMBERS)
def show_lottery(number: int) -> None:
    """The published result of a lottery as JSON; before the draw what is published until then."""
    facts, lottery, entries = _lottery_at(opened_services(), number)
    if lottery is not None and lottery.result is not None:
        click.echo(json.dumps(dict(lottery.result), ensure_ascii=False, indent=1))
        return
    due_at = draw_due_at(facts)
    click.echo(f"draw {local(due_at).isoformat() if due_at else 'never: neither a closing nor a start is set'}")
    click.echo(f"entries {entries}")
    click.echo(f"digest {lottery.seed_digest if lottery else 'none yet: sign-up has not opened'}")


@lotteries.command("draw")
@click.argument("number", type=NUMBERS)
def draw_now(number: int) -> None:
    """Draw a lottery that is due, without waiting for the worker."""
    services = opened_services()
    facts, _, _ = _lottery_at(services, number)
    with services.db.writing() as tx:
        outcome = draw_lottery(tx, facts.id, services.keys, services.clock(), actor="command")
    match outcome:
        case Drawn(result):
            click.echo(f"drawn {number}: {len(result.entries)} entries, {len(result.of(Lot.WON))} won")
        case DrawnBefore(lottery):
            at = f" at {local(lottery.drawn_at).isoformat()}" if lottery.drawn_at else ""
            click.echo(f"{number} was drawn{at}; nothing was changed")
        case NotDrawn(due_at):
            if due_at is not None:
                stop(f"Entries are taken until {local(due_at).isoformat()}; it can be drawn from then on.")
            stop(f"Occurrence {number} cannot be drawn: it is cancelled, has begun, or has neither closing nor start.")


@lotteries.command("verify")
@click.argument("source", metavar="NUMBER|FILE")
def verify_lottery(source: str) -> None:
    """Draw again from a published result alone: of an occurrence by its NUMBER, or of a downloaded FILE."""
    if source.isdecimal() and len(source) < 10:
        _, lottery, _ = _lottery_at(opened_services(), int(source))
        if lottery is None or lottery.result is None:
            stop(f"Occurrence {source} was not drawn yet.")
        published: object = lottery.result
    else:
        try:
            published = json.loads(read_file(Path(source)))
        except (OSError, ValueError):
            stop(f"{source} cannot be read as a published result (JSON).")
    try:
        result = read_published(published)
    except ResultUnreadable as error:
        stop(f"{source} is no published result: {error}.")
    flaws = find_flaws(result)
    if flaws:
        stop(*(f"wrong: {FLAWS[flaw]}" for flaw in flaws))
    aside = len(result.of(Lot.SET_ASIDE))
    click.echo(
        f"ok {result.occurrence}: {len(result.entries)} entries, {len(result.of(Lot.WON))} won, {aside} set aside"
    )


FLAWS = {
    Flaw.METHOD: "the method is not one that this version knows",
    Flaw.SEED: "the seed is not the one whose digest was published",
    Flaw.NUMBERS: "an entry is missing, stands twice, or was never given out",
    Flaw.ORDER: "the entries are not in the order that the seed gives",
    Flaw.OUTCOME: "who won and who waits does not follow from order, units and seats",
    Flaw.SET_ASIDE: "an entry is set aside without a reason that holds",
}


COMMANDS: tuple[click.Command, ...] = (
    poster,
    database,
    campaigns,
    card_lists,
    occurrences,
    tallies,
    staff,
    keys,
    standing,
    notices,
    lotteries,
    demo,
    doctor,
    menu,
    summary,
    report,
    start_up,
)
