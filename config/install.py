"""Make the virtual environment and fill it, only when something changed.

Run by `make` with the machine's own Python, before any dependency is there: standard library only.
A stamp in the environment holds the hash of what was installed, so a second start costs a few milliseconds.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
OLDEST_PYTHON = (3, 11)
WHEELS_ONLY = ["--only-binary", ":all:"]  # nobody who runs a library's account should need a compiler


class InstallError(Exception):
    """The environment cannot be made; the text is one plain sentence."""


def main(arguments: list[str]) -> int:
    """Install the named requirements file; return the exit status."""
    try:
        if sys.version_info < OLDEST_PYTHON:
            raise InstallError(f"Python 3.11 or newer is needed, and this is {sys.version.split()[0]}.")
        install(ROOT / arguments[0])
    except InstallError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def install(requirements: Path, environment: Path = ENVIRONMENT) -> bool:
    """Bring `environment` to `requirements`; say whether anything had to be done."""
    stamp = environment / f".installed-{requirements.stem}"
    wanted = fingerprint(requirements)
    if stamp.is_file() and stamp.read_text() == wanted and python_of(environment).exists():
        return False
    if not belongs_to_this_python(environment):
        create(environment)
    sys.stderr.write(f"Installing {requirements.name}; the first time this takes about a minute.\n")
    command = [*pip_of(environment), "install", "-qq", "--disable-pip-version-check", *WHEELS_ONLY, "-r"]
    if subprocess.run([*command, str(requirements)], cwd=ROOT, check=False).returncode != 0:
        raise InstallError(f"The packages of {requirements.name} could not be installed; pip's own words are above.")
    stamp.write_text(wanted)
    return True


def fingerprint(requirements: Path) -> str:
    """A hash over the file, the files it includes, and the Python that runs."""
    digest = hashlib.sha256(sys.version.encode())
    for path in _with_included(requirements):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _with_included(requirements: Path) -> list[Path]:
    lines = requirements.read_text().splitlines()
    included = [requirements.parent / line.split()[1] for line in lines if line.startswith("-r ")]
    return [requirements, *(path for file in included for path in _with_included(file))]


def belongs_to_this_python(environment: Path) -> bool:
    """False where there is no environment yet, or one of a Python that has since been replaced by another version."""
    facts = environment / "pyvenv.cfg"
    if not (facts.is_file() and python_of(environment).exists()):
        return False
    values = dict(line.replace(" ", "").partition("=")[::2] for line in facts.read_text().splitlines())
    return values.get("version") == platform.python_version()


def create(environment: Path) -> None:
    """Make a virtual environment, also where the distribution keeps `ensurepip` in a package of its own."""
    if _make(environment, "--clear").returncode == 0:
        return
    outcome = _make(environment, "--clear", "--without-pip")
    if outcome.returncode != 0:
        said = outcome.stderr.strip().splitlines() or ["no reason was given"]
        raise InstallError(f"The virtual environment {environment} could not be made: {said[-1]}.")


def _make(environment: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "venv", *options, str(environment)], capture_output=True, text=True, check=False
    )


def pip_of(environment: Path) -> list[str]:
    """The command that installs into `environment`: its own pip, else the machine's."""
    own = [str(python_of(environment)), "-m", "pip"]
    if subprocess.run([*own, "--version"], capture_output=True, check=False).returncode == 0:
        return own
    outside = shutil.which("pip3") or shutil.which("pip")
    if outside is None:
        raise InstallError("pip is missing: install it with the system's package manager (Debian: python3-pip).")
    return [outside, "--python", str(python_of(environment))]


def python_of(environment: Path) -> Path:
    """The interpreter of a virtual environment."""
    return environment / "bin" / "python"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
