"""The `flask` commands, loaded when one is called: a web process never pays for what only commands need."""

from __future__ import annotations

from importlib import import_module

import click
from flask.cli import AppGroup

from bot.domain.occurrence_reading import MOST_SEATS


class LazyCommands(AppGroup):
    """A group whose commands live in a module that is imported at first use; the module lists them in COMMANDS."""

    def __init__(self, module: str) -> None:
        super().__init__()
        self._module = module

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        self._load()
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command by its name."""
        self._load()
        return super().get_command(ctx, cmd_name)

    def _load(self) -> None:
        for command in import_module(self._module).COMMANDS:
            self.add_command(command)


NUMBERS = click.IntRange(0, 2**31 - 1)
"""Public numbers and ids as commands take them: no more than a database holds as a whole number."""
SEATS = click.IntRange(0, MOST_SEATS)
"""Seats as commands take them, as many as a campaign file may name."""
