"""Which processes run, and what must not stand on their command lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.sandbox_app import open_sandbox
from config.processes import Places, programs_of, supervisord_config
from config.settings import Settings


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """Settings of a trial with recognisable secrets."""
    monkeypatch.chdir(tmp_path)
    for name in ("SECRET_KEY", "WECHAT_TOKEN", "WECHAT_SECRET"):
        monkeypatch.setenv(name, f"canary-of-{name.lower()}"[:32])
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://user:canary@host/db")
    return Settings(sandbox=True)


def test_the_whole_house_runs_web_worker_beat_and_sandbox(settings: Settings) -> None:
    assert [program.name for program in programs_of(settings)] == ["web", "worker", "beat", "sandbox"]


def test_the_sandbox_runs_only_when_asked_for(settings: Settings) -> None:
    without = settings.model_copy(update={"sandbox": False})
    assert "sandbox" not in [program.name for program in programs_of(without)]


def test_the_sandbox_is_reachable_from_this_machine_only(settings: Settings) -> None:
    everywhere = settings.model_copy(update={"host": "0.0.0.0"})
    hosts = {
        program.name: program.command[program.command.index("--host") + 1]
        for program in programs_of(everywhere)
        if "--host" in program.command
    }
    assert hosts == {"web": "0.0.0.0"}
    with open_sandbox(everywhere.model_copy(update={"port": -1})) as server:  # on port 0: any
        assert server.server_address[0] == "127.0.0.1"


def test_no_secret_stands_in_the_configuration(settings: Settings) -> None:
    run = Path("/run")
    assert "canary" not in supervisord_config(programs_of(settings), Places(run, run, Path("/log")))


def test_every_program_is_started_again_when_it_dies(settings: Settings) -> None:
    run = Path("/run")
    text = supervisord_config(programs_of(settings), Places(run, run, Path("/log")))
    assert text.count("autorestart = true") == text.count("[program:") == 4
