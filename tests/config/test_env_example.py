"""The file that keepers copy names every setting, and none that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

from config.settings import Settings

OF_THE_LAUNCHER = {"WEB_WORKERS", "WEB_THREADS"}
SET_BY_THE_LAUNCHER = {"PROMETHEUS_MULTIPROC_DIR"}


def test_the_example_names_exactly_the_settings_that_exist() -> None:
    text = Path("config/.env.example").read_text()
    named = set(re.findall(r"^#([A-Z_]+)=", text, re.MULTILINE))
    existing = {name.upper() for name in Settings.model_fields}
    assert named == existing - SET_BY_THE_LAUNCHER | OF_THE_LAUNCHER
