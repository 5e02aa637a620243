"""Queues, schedule and task names fit together."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from config.beat import SCHEDULE
from config.queues import LIMITS, QUEUES, ROUTES, VISIBILITY_TIMEOUT_S
from tasks.broker import create_celery

ROOT = Path(__file__).parents[2]


ADDRESS = "redis://127.0.0.1:1/0"


def test_every_scheduled_task_has_a_queue_that_exists() -> None:
    assert {task for task, _ in SCHEDULE} == set(ROUTES)
    assert set(ROUTES.values()) <= set(QUEUES)


def test_no_task_is_handed_out_twice_while_it_runs() -> None:
    assert VISIBILITY_TIMEOUT_S >= 3 * LIMITS.hard
    assert LIMITS.soft < LIMITS.hard


def test_schedule_sends_nothing_far_into_the_future() -> None:
    for entry in create_celery(ADDRESS).conf.beat_schedule.values():
        assert "eta" not in entry["options"] and "countdown" not in entry["options"]
        assert entry["options"]["expires"] >= 10


def test_application_takes_json_only_acknowledges_early_and_keeps_no_results() -> None:
    conf = create_celery(ADDRESS).conf
    assert (conf.accept_content, conf.task_serializer) == (["json"], "json")
    assert (conf.task_acks_late, conf.task_ignore_result, conf.worker_prefetch_multiplier) == (False, True, 1)
    assert conf.task_publish_retry_policy["max_retries"] == 1
    assert conf.broker_transport_options["socket_timeout"] <= 2


LIST_TASKS = "import tasks.celery_app as a; a.app.loader.import_default_modules(); print(*sorted(a.app.tasks))"


def run(code: str, tmp_path: Path) -> str:
    """Run in a process of its own, as the worker and beat do."""
    env = {
        "DATA_DIR": str(tmp_path),
        "SECRET_KEY": "0123456789abcdef",
        "WECHAT_TOKEN": "token",
        "PATH": "/usr/bin:/bin",
    }
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_worker_knows_exactly_the_routed_tasks_by_module_and_function(tmp_path: Path) -> None:
    known = {name for name in run(LIST_TASKS, tmp_path).split() if not name.startswith("celery.")}
    assert known == set(ROUTES)
