"""`make run`: one command starts the whole house in the foreground, Ctrl-C stops it.

Order: checks → embedded Redis under supervisord, and beside it the database (migration, sample, invitations) → web,
worker, beat and sandbox → wait until the web process is ready → print the addresses → become `config.watch`. Whatever
keeps it from starting is said in one plain sentence on standard error, with exit status 2.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

from config.environment import configured_environment
from config.preflight import CannotStartError, check_data_dir, check_port, lock_data_dir, socket_dir
from config.processes import Places, Program, Stage, programs_of, redis_program
from config.redis_server import RedisFiles, config_text, find_server, shut_down, wait_until_answering
from config.settings import DEMO_APPID, Settings, SettingsError, load_settings
from config.supervision import Supervision, clear_leftovers, poll
from config.trial_secrets import missing_secrets
from config.watch import StopRequestedError, Watch, hand_over, listen_for_stop, parent_make

READY_SECONDS = 60.0
REDIS_SECONDS = 60.0  # a large append-only file is read back before the first PONG
LEFTOVER_SECONDS = 15.0


def main() -> int:
    """Run the house until it is told to stop; return the exit status (0 stopped, 2 could not start)."""
    os.umask(0o077)  # names and phones lie in these files: nobody else on the machine may read them
    listen_for_stop()
    try:
        with ExitStack() as cleanup:
            run_house(cleanup)
    except SettingsError as error:
        for fault in error.faults:
            _complain(fault)
        return 2
    except CannotStartError as error:
        _complain(str(error))
        return 2
    except StopRequestedError:
        return 0


def _say(line: str) -> None:
    print(line, flush=True)


def _complain(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def run_house(cleanup: ExitStack) -> NoReturn:
    """Start everything, then become the watching program; what has to be undone until then is put on `cleanup`."""
    make = parent_make()
    environment = configured_environment()
    data_dir = Path(environment.get("DATA_DIR", "").strip() or "data").absolute()
    environment["DATA_DIR"] = str(data_dir)
    check_data_dir(data_dir)
    lock = cleanup.enter_context(lock_data_dir(data_dir))
    trial = environment.get("WECHAT_APPID", "").strip() in {"", DEMO_APPID}
    environment |= missing_secrets(data_dir, environment, trial=trial)
    os.environ.update(environment)
    settings = load_settings()
    places = Places(data_dir / "run", socket_dir(data_dir / "run"), data_dir / "log")
    if clear(places):
        _complain("An earlier run had not ended properly; what was left of it has been stopped.")
    check_port(settings.host, settings.port, "web pages")
    if settings.sandbox_on:
        check_port("127.0.0.1", settings.sandbox_port, "sandbox")
    supervision = supervise(settings, places, environment)
    cleanup.callback(supervision.stop)
    announce(settings, bring_up(supervision, settings))
    hand_over(Watch(str(places.run), str(places.sockets), str(places.log), supervision.daemon.pid, lock.fileno(), make))


def clear(places: Places) -> bool:
    """Stop what an earlier supervisor left running for this data folder; say whether there was anything."""
    # Redis last: the others write to it until they end.
    found = clear_leftovers(places.run, LEFTOVER_SECONDS) > 0
    try:
        return shut_down(places.redis, LEFTOVER_SECONDS) or found
    except TimeoutError:
        raise CannotStartError(f"The Redis of an earlier run, on {places.redis}, does not end.") from None


def supervise(settings: Settings, places: Places, environment: dict[str, str]) -> Supervision:
    """Everything that shall run. Where no Redis is configured one is added, and its address goes to `environment`."""
    programs = programs_of(settings)
    if settings.redis_url is None:
        files = RedisFiles(places.run / "redis.conf", places.redis, places.run.parent / "redis")
        programs.insert(0, embedded_redis(files))
        environment["REDIS_URL"] = files.url
    environment["PROMETHEUS_MULTIPROC_DIR"] = str(emptied(places.run / "metrics"))
    return Supervision(programs, places, environment)


def emptied(folder: Path) -> Path:
    """The folder where the web processes keep their counts, without those of an earlier run."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def embedded_redis(files: RedisFiles) -> Program:
    """Configure the server that comes with the house; raise CannotStartError when this machine has none."""
    server = find_server()
    if server is None:
        raise CannotStartError("No Redis server was found: install redis-server or set REDIS_URL.")
    files.config.write_text(config_text(files))
    files.note_address()
    return redis_program(server, files.config)


def bring_up(supervision: Supervision, settings: Settings) -> list[str]:
    """Start the processes in order and wait until the web process is ready; return the printed invitations."""
    preparing = start_up(supervision, settings)
    try:
        # Beside each other: neither needs the other, and together they are half of the time until `ready`.
        start_redis(supervision)
        supervision.launch(Stage.BESIDE)
        said, complaints = preparing.communicate()
    finally:
        preparing.terminate()
    if preparing.returncode != 0:
        raise CannotStartError(_why_not_prepared(complaints, supervision.places))
    supervision.launch(Stage.FRONT)
    if not poll(lambda: is_ready(settings), READY_SECONDS, pause=0.05):
        raise CannotStartError(f"The web process is not ready; see {supervision.places.log / 'web.log'}.")
    # Only now: they would take the processor from what a person is waiting for. What is due is in the database.
    supervision.launch(Stage.BACK)
    return [line for line in said.splitlines() if line.startswith("invitation ")]


def start_redis(supervision: Supervision) -> None:
    """Start supervisord and, in it, the embedded Redis if there is one; return when that answers."""
    supervision.start()
    supervision.launch(Stage.STORE)
    embedded = any(program.stage is Stage.STORE for program in supervision.programs)
    if embedded and not wait_until_answering(supervision.places.redis, REDIS_SECONDS):
        raise CannotStartError(f"Redis does not answer; see {supervision.places.log / 'redis.log'}.")


def start_up(supervision: Supervision, settings: Settings) -> subprocess.Popen[str]:
    """Begin to prepare the database in one process: migrate, load the sample if asked for, make invitations."""
    sample = "--demo" if settings.demo_on else "--no-demo"
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "start-up", sample],
        cwd=supervision.places.root,
        env=supervision.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _why_not_prepared(complaints: str, places: Places) -> str:
    log = places.log / "start-up.log"
    log.write_text(complaints)
    last = (complaints.strip().splitlines() or ["no reason was given"])[-1].strip().rstrip(".")
    return f"The database could not be prepared ({last}); all of it is in {log}."


def is_ready(settings: Settings) -> bool:
    """Whether the web process says that it, the database and Redis are ready, and the sandbox page opens."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)
    addresses = [f"http://{host}:{settings.port}/readyz"]
    if settings.sandbox_on:
        addresses.append(sandbox_url(settings))
    return all(opens(address) for address in addresses)


def opens(address: str) -> bool:
    """Whether the address answers 200."""
    # Straight to the machine itself, whatever proxy the environment names for the world outside.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def sandbox_url(settings: Settings) -> str:
    """Where the stand-in for WeChat shows its phone."""
    return f"http://127.0.0.1:{settings.sandbox_port}/sandbox"


def announce(settings: Settings, invitations: list[str]) -> None:
    """Say where the house is and how to get in: one line each, `ready` last."""
    _say(f"web {settings.effective_public_url}")
    if settings.sandbox_on:
        _say(f"sandbox {sandbox_url(settings)}")
    for line in invitations:
        _say(line)
    _say("ready")


if __name__ == "__main__":
    sys.exit(main())
