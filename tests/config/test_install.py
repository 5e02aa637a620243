"""The environment is made once and touched again only when the requirements changed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.install import belongs_to_this_python, fingerprint, install, main, python_of


def test_only_changed_requirements_are_installed_again(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# nothing needed\n")
    environment = tmp_path / "environment"
    assert install(requirements, environment)
    assert belongs_to_this_python(environment)
    subprocess.run([str(python_of(environment)), "-c", "pass"], check=True)
    assert not install(requirements, environment)
    requirements.write_text("# still nothing\n")
    assert install(requirements, environment)


def test_the_fingerprint_follows_included_files(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("one==1\n")
    (tmp_path / "dev.txt").write_text("-r requirements.txt\ntwo==2\n")
    before = fingerprint(tmp_path / "dev.txt")
    assert fingerprint(tmp_path / "dev.txt") == before
    (tmp_path / "requirements.txt").write_text("one==1.1\n")
    assert fingerprint(tmp_path / "dev.txt") != before


def test_an_environment_of_another_python_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    (tmp_path / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.10.1\n")
    assert not belongs_to_this_python(tmp_path)


def test_an_old_python_is_told_so_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.version_info", (3, 9, 2))
    monkeypatch.setattr("sys.version", "3.9.2 (default)")
    assert main(["requirements.txt"]) == 2
    assert capsys.readouterr().err == "Python 3.11 or newer is needed, and this is 3.9.2.\n"


def test_the_installer_needs_nothing_but_the_standard_library(tmp_path: Path) -> None:
    alone = tmp_path / "install.py"
    shutil.copy("config/install.py", alone)
    said = subprocess.run(
        [sys.executable, "-S", "-I", str(alone), "missing"], capture_output=True, text=True, check=False
    )
    assert "ModuleNotFoundError" not in said.stderr
