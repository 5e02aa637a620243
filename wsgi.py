"""The entry of the web server and of the `flask` commands."""

from bot.app import create_app
from bot.commands import LazyCommands

app = create_app()
app.cli = LazyCommands("bot.cli")
