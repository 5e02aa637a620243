"""What all commands of the keeper need: opened stores, files of bearable size, and an end with a plain sentence."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click
from flask import current_app
from sqlalchemy.exc import OperationalError

from bot.services.campaigns import NoSuchCampaign
from bot.store.migrate import is_current
from bot.wiring import Services

LARGEST_FILE = 20 * 1024 * 1024


def opened_services(*, any_schema: bool = False) -> Services:
    """The opened stores, with a schema that the commands know; stops with a sentence when there is none."""
    services: Services = current_app.extensions["shuqian"]
    try:
        ready = is_current(services.db)
    except OperationalError:
        stop("The database cannot be reached. Check DATABASE_URL and DATA_DIR, and whether the server runs.")
    if not ready and not any_schema:
        stop("The database is not at this version yet. Run first: flask --app wsgi db upgrade")
    return services


def stop(*lines: str) -> NoReturn:
    """End the command with these lines."""
    for line in lines:
        click.echo(line, err=True)
    sys.exit(1)


def read_file(path: Path) -> bytes:
    """The content of a file that is not too large."""
    if path.stat().st_size > LARGEST_FILE:
        stop(f"{path.name} is larger than {LARGEST_FILE // 1024 // 1024} MB.")
    return path.read_bytes()


def which_campaign(error: NoSuchCampaign) -> str:
    """What to say when no single campaign is meant."""
    keys = ", ".join(str(key) for key in error.args)
    return f"Name one campaign: {keys}." if keys else "There is no campaign yet; import one first."
