from __future__ import annotations

from flask.testing import FlaskClient
from redis import Redis

from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.redis import open_redis
from bot.web.guessing import ALLOWED_FAILURES, WINDOW_S, GuessBrake
from tests.web.stage import Stage, StageClock, build_app


def test_guesser_is_refused_after_sixty_failures_and_others_are_not(client: FlaskClient, stage: Stage) -> None:
    genuine = f"/T/{stage.token(stage.registration(stage.occurrence()))}"
    answers = {client.get("/T/WRONG").status_code for _ in range(ALLOWED_FAILURES)}
    assert answers == {404}
    refused = client.get("/venue/WRONG")
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == str(WINDOW_S)
    assert client.get(genuine).status_code == 200, "a guesser beside me does not lock me out"
    assert client.get(genuine, environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 200


def test_brake_lets_go_after_a_minute(redis: Redis, keys: Keys) -> None:
    brake = GuessBrake(redis, keys)
    for _ in range(ALLOWED_FAILURES):
        brake.note_failure("192.0.2.1")
    assert brake.is_guessing("192.0.2.1")
    (key,) = redis.keys("shuqian:guesses:*")
    assert b"192.0.2.1" not in key, "nobody's address is kept as it is"
    assert 0 < redis.ttl(key) <= WINDOW_S
    redis.delete(key)
    assert not brake.is_guessing("192.0.2.1")


def test_genuine_addresses_do_not_count(client: FlaskClient, stage: Stage, redis: Redis) -> None:
    assert client.get(f"/T/{stage.token(stage.registration(stage.occurrence()))}").status_code == 200
    assert redis.keys("*") == []


def test_without_redis_tickets_open_and_forged_ones_do_not(
    db: Database, keys: Keys, stage: Stage, clock: StageClock
) -> None:
    client = build_app(db, open_redis("unix:///nowhere/redis.sock"), keys, clock).test_client()
    assert client.get(f"/T/{stage.token(stage.registration(stage.occurrence()))}").status_code == 200
    assert client.get("/T/WRONG").status_code == 404
