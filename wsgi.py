"""The entry of the web server and of the `flask` commands."""

from bot.app import create_app
from bot.cli import register_commands

app = create_app()
register_commands(app)
