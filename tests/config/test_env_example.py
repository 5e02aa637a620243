"""The file that keepers copy names every setting, and none that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

from config.settings import Settings

OF_THE_LAUNCHER = {"WEB_WORKERS", "WEB_THREADS"}


def test_the_example_names_exactly_the_settings_that_exist() -> None:
    text = Path("config/.env.example").read_text()
    named = set(re.findall(r"^#([A-Z_]+)=", text, re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields} | OF_THE_LAUNCHER
