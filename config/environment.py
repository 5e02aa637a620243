"""What was configured, as plain text: for processes that need one value and would pay dearly for checking them all."""

from __future__ import annotations

import os

from dotenv import dotenv_values


def configured_environment() -> dict[str, str]:
    """The environment over `.env`: what is set by hand for this run wins over the file."""
    from_file = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    return {**from_file, **os.environ}
