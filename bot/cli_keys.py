"""`flask keys …`: the secret under which personal data is sealed."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup
from sqlalchemy import Table

from bot.keeper import opened_services, stop
from bot.services.key_rotation import finish_rotation
from bot.store.rotation import count_old, read_batch, sealed_tables, write_batch
from bot.texts.keys import rotation_lines
from bot.wiring import Services

keys = AppGroup("keys", help="The secret under which personal data is sealed.")


@keys.command("rotate")
def rotate_keys() -> None:
    """Seal everything again under SECRET_KEY; what SECRET_KEY_PREVIOUS sealed is read. May be stopped and run again."""
    services = opened_services()
    if not services.keys.is_rotating:
        stop("SECRET_KEY_PREVIOUS is not set: there is no key to replace.")
    renewed = sum(_reseal(services, table) for table in sealed_tables())
    with services.db.writing() as tx:
        state = finish_rotation(tx, services.keys, renewed, services.clock())
    for line in rotation_lines(renewed, state):
        click.echo(line)
    if not state.is_done:
        sys.exit(1)


def _reseal(services: Services, table: Table) -> int:
    """Renew one table, batch after batch, each committed; how many rows."""
    with services.db.reading() as tx:
        total = count_old(tx, table, services.keys)
    after: object = None
    renewed = 0
    with click.progressbar(length=total, label=table.name, file=sys.stderr) as bar:
        while True:
            with services.db.reading() as tx:
                batch = read_batch(tx, table, after, services.keys)
            if batch is None:
                return renewed
            with services.db.writing() as tx:
                renewed += write_batch(tx, batch)
            bar.update(len(batch.rows))
            after = batch.last
