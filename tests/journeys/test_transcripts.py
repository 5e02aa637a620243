"""The README shows the chat as it is."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from redis import Redis

from bot.domain.capability import Level
from bot.store.database import Database
from bot.store.pii import Keys
from tests.journeys.line import open_line
from tests.journeys.test_each_level import begin_anew, probe_at
from tests.journeys.transcripts import Journey, play_reader, play_staff

README = Path("README.md")
_BLOCK = re.compile(r"(<!-- transcripts -->\n)(.*?)(<!-- end of transcripts -->)", re.DOTALL)
TITLES = {
    Level.L0: "L0, an unverified 公众号",
    Level.L1: "L1, an unverified service account",
    Level.L2: "L2, a verified 公众号",
    Level.L3: "L3, a verified service account",
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_transcripts_in_the_readme_are_what_the_sandbox_plays(
    database_url: str, db: Database, keys: Keys, redis_url: str, redis: Redis, tmp_path: Path
) -> None:
    parts = []
    for level in Level:
        folder = tmp_path / level.name
        with open_line(
            database_url, db, keys, redis_url, redis, folder, public_url="https://signup.library.example"
        ) as chat:
            probe_at(chat, level)
            begin_anew(chat)
            reader = Journey(chat, level)
            play_reader(reader)
            begin_anew(chat)
            staff = Journey(chat, level)
            play_staff(staff)
        said = "\n".join([*reader.lines, "", *staff.lines])
        parts.append(f"<details><summary>{TITLES[level]}</summary>\n\n```text\n{said}\n```\n\n</details>\n")
    played = "\n" + "\n".join(parts) + "\n"
    if os.environ.get("WRITE_TRANSCRIPTS"):
        README.write_text(_BLOCK.sub(lambda found: found[1] + played + found[3], README.read_text()))
    found = _BLOCK.search(README.read_text())
    assert found and found[2] == played, "write them anew: WRITE_TRANSCRIPTS=1"
