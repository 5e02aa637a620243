from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from bot.store.database import Database, open_database
from bot.store.pii import Keys
from bot.store.redis import open_redis
from tests.web.stage import Stage, StageClock, build_app


def _counted(text: str) -> dict[tuple[str, str], float]:
    return {
        (sample.labels["route"], sample.labels["outcome"]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "shuqian_http_requests_total"
    }


def test_ready_when_both_stores_answer(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "database": "ok", "redis": "ok"}


def test_missing_redis_is_named_while_the_process_still_lives(db: Database, keys: Keys, clock: StageClock) -> None:
    client = build_app(db, open_redis("unix:///nowhere/redis.sock"), keys, clock).test_client()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"status": "unready", "database": "ok", "redis": "unreachable"}
    assert client.get("/healthz").json == {"status": "ok"}


def test_empty_database_is_not_migrated(redis: Redis, keys: Keys, clock: StageClock, tmp_path: Path) -> None:
    empty = open_database(f"sqlite:///{tmp_path / 'empty.db'}")
    answer = build_app(empty, redis, keys, clock).test_client().get("/readyz")
    empty.dispose()
    assert (answer.status_code, answer.json["database"]) == (503, "not migrated")


def test_lost_database_is_unreachable(redis: Redis, keys: Keys, clock: StageClock) -> None:
    lost = open_database("postgresql://nobody@127.0.0.1:1/nothing")
    answer = build_app(lost, redis, keys, clock).test_client().get("/readyz")
    lost.dispose()
    assert (answer.status_code, answer.json["database"]) == (503, "unreachable")


def test_metrics_count_by_route_and_never_by_address(client: FlaskClient, stage: Stage) -> None:
    token = stage.token(stage.registration(stage.occurrence()))
    for path in (f"/T/{token}", f"/t/{token}", "/T/WRONG", "/no/such/place", "/another"):
        client.get(path)
    text = client.get("/metrics").text
    counted = _counted(text)
    assert counted["/T/<ticket>", "200"] == 1
    assert counted["/t/<ticket>", "200"] == 1
    assert counted["/T/<ticket>", "404"] == 1
    assert counted["unmatched", "404"] == 2
    assert token not in text
    assert "no/such" not in text


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.1", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.1"}, 403),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.1"}, 403),
        ("192.0.2.1", {"Authorization": "Bearer the right one"}, 200),
        ("192.0.2.1", {"Authorization": "Bearer the wrong one"}, 403),
        ("192.0.2.1", {"Authorization": "Bearer "}, 403),
    ],
)
def test_metrics_are_for_this_machine_or_the_token(
    small_db: Database, redis: Redis, keys: Keys, clock: StageClock, address: str, headers: dict[str, str], status: int
) -> None:
    client = build_app(small_db, redis, keys, clock, metrics_token="the right one").test_client()
    answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status


def test_without_a_token_nobody_elsewhere_reads_metrics(small_client: FlaskClient) -> None:
    answer = small_client.get(
        "/metrics", headers={"Authorization": "Bearer "}, environ_base={"REMOTE_ADDR": "192.0.2.1"}
    )
    assert answer.status_code == 403


def test_several_processes_answer_as_one(tmp_path: Path) -> None:
    observe = "from bot.web.metrics import RequestMetrics; RequestMetrics().observe('/T/<ticket>', 200, 0.01)"
    read = f"from bot.web.metrics import RequestMetrics; print(RequestMetrics({str(tmp_path)!r}).exposition().decode())"
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    run = partial(subprocess.run, env=environment, check=True, capture_output=True, text=True, timeout=60)
    for code in (observe, observe):
        run([sys.executable, "-c", code])
    assert _counted(run([sys.executable, "-c", read]).stdout)["/T/<ticket>", "200"] == 2
