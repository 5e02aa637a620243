"""The `flask` commands, loaded when one is called: a web process never pays for what only commands need."""

from __future__ import annotations

from importlib import import_module

import click
from flask.cli import AppGroup


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
