"""The environment is made once and touched again only when the requirements changed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.install import (
    NO_PARTS,
    PARTS,
    PEERS,
    belongs_to_this_python,
    fingerprint,
    install,
    install_parts,
    main,
    python_of,
)


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


def _npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int) -> Path:
    """A machine whose npm writes down how it was called and ends with this status; gives the folder of the parts."""
    tools, folder = tmp_path / "tools", tmp_path / "frontend"
    tools.mkdir()
    folder.mkdir()
    (tools / "npm").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\nmkdir -p node_modules\nexit {status}\n')
    (tools / "npm").chmod(0o755)
    (folder / "package-lock.json").write_text("{}")
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    return folder


def test_only_a_changed_lock_is_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _npm(tmp_path, monkeypatch, 0)
    assert install_parts(folder, is_development=False)
    assert not install_parts(folder, is_development=False)
    assert install_parts(folder, is_development=True), "the tests need more than the product"
    assert not install_parts(folder, is_development=False), "who has all has ours"
    (folder / "package-lock.json").write_text("{ }")
    assert install_parts(folder, is_development=False)
    calls = (tmp_path / "calls").read_text().splitlines()
    assert len(calls) == 3
    assert all(call.startswith("ci --ignore-scripts") for call in calls)
    assert [("--omit=dev" in call) for call in calls] == [True, False, True]


def test_without_the_registry_the_house_goes_on_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = _npm(tmp_path, monkeypatch, 1)
    assert not install_parts(folder, is_development=False)
    assert capsys.readouterr().err == f"{NO_PARTS}\n"
    assert not install_parts(folder, is_development=False), "tried again at the next start"
    assert len((tmp_path / "calls").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("requirements", "folders"), [("requirements", ["frontend"]), ("requirements-dev", ["frontend", "peers"])]
)
def test_only_who_tests_gets_other_peoples_code_to_test_against(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, requirements: str, folders: list[str]
) -> None:
    """Seen to fail for the product with the peers installed for everybody."""
    asked: list[Path] = []
    monkeypatch.setattr("config.install.install", lambda path: True)
    monkeypatch.setattr("config.install.install_parts", lambda folder, **_: asked.append(folder))
    assert main([f"{requirements}.txt"]) == 0
    assert [folder.name for folder in asked] == folders


@pytest.mark.parametrize("folder", [PARTS, PEERS])
def test_the_lock_names_no_registry_and_has_a_hash_for_every_package(folder: Path) -> None:
    lock = (folder / "package-lock.json").read_text()
    assert "resolved" not in lock
    packages = {name: facts for name, facts in json.loads(lock)["packages"].items() if name}
    assert packages
    assert all(facts["integrity"].startswith("sha512-") for facts in packages.values())


@pytest.mark.parametrize("folder", [PARTS, PEERS])
def test_the_lock_holds_what_the_package_asks_for_and_nothing_beside_it(folder: Path) -> None:
    asked = json.loads((folder / "package.json").read_text())
    locked = json.loads((folder / "package-lock.json").read_text())["packages"][""]
    for kind in ("dependencies", "devDependencies"):
        assert locked.get(kind) == asked.get(kind)


def test_registry_that_never_answers_holds_up_no_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Seen to fail without the limit; the real npm still waited after 45 s for a socket that takes calls and is silent."""
    folder = _npm(tmp_path, monkeypatch, 0)
    (tmp_path / "tools" / "npm").write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr("config.install.PATIENCE", 0.2)
    began = time.monotonic()
    assert not install_parts(folder, is_development=False)
    assert time.monotonic() - began < 30
    assert capsys.readouterr().err == f"{NO_PARTS}\n"
