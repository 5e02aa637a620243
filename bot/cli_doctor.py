"""`flask doctor`: what the account may do, what that costs, and whether the house is well."""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask.cli import with_appcontext

from bot.domain.diagnosis import StoreState
from bot.services.diagnosis import diagnose
from bot.texts.diagnosis import report_lines, report_of
from bot.wechat.probing import probe_account
from bot.wiring import Services, deployment_of


@click.command("doctor")
@click.option("--probe", is_flag=True, help="Ask the platform now, without a worker; sends nothing to anybody.")
@with_appcontext
def doctor(*, probe: bool) -> None:
    """What the account may do and what is missing; 1 when something is broken. A low level is not broken."""
    services: Services = current_app.extensions["shuqian"]  # not opened_services: a database that is away is a finding
    deployment = deployment_of(services.settings)
    found = diagnose(services.db, services.redis, deployment, services.clock())
    if probe and found.database is StoreState.OK:
        probe_account(
            services.db,
            services.redis,
            services.account,
            services.probing_gateway(insists=True),
            oauth_on=services.settings.oauth_on,
            clock=services.clock,
        )
        found = diagnose(services.db, services.redis, deployment, services.clock())
    for line in report_lines(report_of(found)):
        click.echo(line)
    sys.exit(1 if found.broken else 0)
