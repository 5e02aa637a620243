"""Secrets are made once, kept privately, and never replace what a keeper has set."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from config.settings import Settings
from config.trial_secrets import missing_secrets


def test_the_file_is_readable_by_its_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        missing_secrets(tmp_path, {}, trial=True)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "secrets.env").stat().st_mode) == 0o600


def test_the_second_start_has_the_same_secrets(tmp_path: Path) -> None:
    assert missing_secrets(tmp_path, {}, trial=True) == missing_secrets(tmp_path, {}, trial=True)


def test_two_installations_have_different_secrets(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = missing_secrets(tmp_path / "a", {}, trial=True)
    second = missing_secrets(tmp_path / "b", {}, trial=True)
    assert all(first[name] != second[name] for name in first)


def test_made_secrets_satisfy_the_settings_in_every_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # away from a `.env` of the person who runs the tests
    for name, value in missing_secrets(tmp_path, {}, trial=True).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("WECHAT_MODE", "safe")
    assert Settings().is_trial


def test_what_is_configured_is_neither_made_nor_replaced(tmp_path: Path) -> None:
    made = missing_secrets(tmp_path, {"SECRET_KEY": "set by the keeper", "WECHAT_TOKEN": " "}, trial=True)
    assert "SECRET_KEY" not in made
    assert made["WECHAT_TOKEN"]
    assert "set by the keeper" not in (tmp_path / "secrets.env").read_text()


def test_a_real_account_gets_no_invented_wechat_values(tmp_path: Path) -> None:
    assert set(missing_secrets(tmp_path, {}, trial=False)) == {"SECRET_KEY"}


def test_going_from_trial_to_real_keeps_the_key_of_the_personal_data(tmp_path: Path) -> None:
    trial = missing_secrets(tmp_path, {}, trial=True)
    assert missing_secrets(tmp_path, {}, trial=False) == {"SECRET_KEY": trial["SECRET_KEY"]}
