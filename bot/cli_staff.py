"""`flask staff`: people with a role."""

from __future__ import annotations

from datetime import datetime

import click
from flask.cli import AppGroup

from bot.commands import NUMBERS
from bot.domain.kinds import Role
from bot.domain.ticket import invitation_url
from bot.keeper import opened_services, stop
from bot.services.invitations import end_of
from bot.services.staff import UnknownScope, invite_staff_for

staff = AppGroup("staff", help="People with a role.")


@staff.command("invite")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--library", help="Code or name of the library; without it the role holds for all.")
@click.option("--occurrence", "numbers", multiple=True, type=NUMBERS, help="Public number; may be given several times.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The role ends by itself at the end of this day.")
def invite(role: str, library: str | None, numbers: tuple[int, ...], day: datetime | None) -> None:
    """Make a one-time invitation; it is sent to the account as 绑定 CODE, or opened as the address that is printed."""
    services = opened_services()
    now = services.clock()
    ends_at = end_of(day.date()) if day else None
    if ends_at is not None and ends_at <= now:
        stop("That day is over.")
    with services.db.writing() as tx:
        try:
            code = invite_staff_for(tx, Role(role), services.keys, now, library, numbers, ends_at)
        except UnknownScope as error:
            stop(str(error))
    click.echo(f"invitation {role} {code}")
    click.echo(invitation_url(services.settings.effective_public_url, code))
