"""The entry of the web server and of the `flask` commands."""

import sys

from bot.app import create_app
from bot.commands import LazyCommands
from bot.web.parking import park_long_answers
from config.settings import SettingsError

try:
    app = create_app()
except SettingsError as error:
    sys.exit("\n".join(error.faults))
park_long_answers()
app.cli = LazyCommands("bot.cli")
