"""Scene QRs of posters: they outlive their occurrence, and a page never waits long for them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from redis import Redis

from bot.domain.capability import Capability, CapabilityState
from bot.reports.poster import CodeKind
from bot.store.capabilities import save_states
from bot.store.database import Database
from bot.store.scene_qrs import SceneQr, find_scene_qrs, list_temporary, save_scene_qr
from bot.wechat import scene_qrs
from bot.wechat.account import Account
from bot.wechat.gateway import Gateway, gateway_of
from bot.wechat.scene_qrs import Note, PosterCodes, make_code, renew_codes
from tests.factories import NOW, add_house, add_occurrence, open_occurrence
from tests.wechat.platform import CUT, Platform, open_platform
from tests.wechat.pushes import APPID, TOKEN

ACCOUNT_QR = "http://weixin.qq.com/r/account"
SOON = open_occurrence(12, "讲座", NOW + timedelta(days=3))
FAR = open_occurrence(13, "讲座", NOW + timedelta(days=60))
DAY = timedelta(days=1)


def made(url: str = "http://weixin.qq.com/q/02abc") -> dict[str, object]:
    """The platform's answer."""
    return {"ticket": "T", "url": url}


@pytest.fixture
def platform() -> Iterator[Platform]:
    """The stand-in."""
    with open_platform() as opened:
        yield opened


@pytest.fixture
def gateway(platform: Platform, redis: Redis) -> Gateway:
    """The gateway to it."""
    return gateway_of(Account(APPID, TOKEN, secret="s"), redis, platform.url)


def codes_of(db: Database, gateway: Gateway, account_qr: str | None = ACCOUNT_QR, *, may: bool = True) -> PosterCodes:
    """What a web process holds."""
    state = CapabilityState.GRANTED if may else CapabilityState.REFUSED
    with db.writing() as tx:
        save_states(tx, [(Capability.SCENE_QR, state, "test")], NOW)
    return PosterCodes(db, lambda: gateway, account_qr)


def test_code_is_made_once_lives_a_day_longer_than_the_occurrence_and_carries_its_number(
    db: Database, gateway: Gateway, platform: Platform
) -> None:
    codes = codes_of(db, gateway)
    platform.next("qrcode/create", made())
    found = codes.find(SOON, NOW)
    assert (found.code.kind, found.code.content, found.note) == (CodeKind.SCENE, made()["url"], Note.TEMPORARY)
    assert SOON.ends_at is not None
    assert found.good_until == SOON.ends_at + DAY
    assert codes.find(SOON, NOW + DAY) == found
    (asked,) = platform.of("qrcode/create")
    assert asked["action_info"]["scene"]["scene_str"] == "o12"
    assert asked["expire_seconds"] == (3 * 24 + 1 + 24) * 3600


def test_no_code_asks_for_more_than_the_platform_gives(db: Database, gateway: Gateway, platform: Platform) -> None:
    platform.next("qrcode/create", made())
    make_code(gateway, db, open_occurrence(12, "讲座", NOW + timedelta(days=29, hours=22)), NOW)
    assert platform.of("qrcode/create")[0]["expire_seconds"] == 2_592_000


def test_far_ahead_the_code_is_permanent(db: Database, gateway: Gateway, platform: Platform) -> None:
    platform.next("qrcode/create", made())
    found = codes_of(db, gateway).find(FAR, NOW)
    assert (found.note, found.good_until) == (Note.PERMANENT, None)
    assert platform.of("qrcode/create")[0]["action_name"] == "QR_LIMIT_STR_SCENE"


@pytest.mark.parametrize("by_count", [True, False])
def test_without_permanent_codes_left_thirty_days_are_what_there_is_and_it_is_said(
    db: Database, gateway: Gateway, platform: Platform, by_count: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = codes_of(db, gateway)
    if by_count:
        monkeypatch.setattr(scene_qrs, "count_permanent", lambda _: 99_000)
    else:
        platform.next("qrcode/create", {"errcode": 45009, "errmsg": "reach max api daily quota limit"})
    platform.next("qrcode/create", made())
    found = codes.find(FAR, NOW)
    assert (found.note, found.good_until) == (Note.SHORT, NOW + timedelta(days=30))


def test_who_has_no_right_gets_the_accounts_code_and_nobody_is_asked(
    db: Database, gateway: Gateway, platform: Platform
) -> None:
    found = codes_of(db, gateway, may=False).find(SOON, NOW)
    assert (found.code.kind, found.code.content, found.note) == (CodeKind.ACCOUNT, ACCOUNT_QR, Note.NO_RIGHT)
    bare = codes_of(db, gateway, None, may=False).find(SOON, NOW)
    assert (bare.code.kind, bare.note) == (CodeKind.NONE, Note.NO_CODE)
    assert platform.calls == []


@pytest.mark.parametrize("answer", [CUT, (500, b""), {"errcode": 48001, "errmsg": "api unauthorized"}, {"ticket": "T"}])
def test_a_platform_that_is_away_costs_the_poster_its_own_code_and_nothing_else(
    db: Database, gateway: Gateway, platform: Platform, answer: object
) -> None:
    platform.next("qrcode/create", answer)
    found = codes_of(db, gateway).find(SOON, NOW)
    assert (found.code.kind, found.note) == (CodeKind.ACCOUNT, Note.AWAY)


def test_a_slow_platform_is_not_waited_for_and_its_answer_is_there_at_the_next_look(
    db: Database, gateway: Gateway, platform: Platform
) -> None:
    """Seen to fail with `result()` without a time: the page waits for as long as the platform takes."""
    codes = codes_of(db, gateway)
    platform.next("qrcode/create", made())
    platform.before = lambda path: time.sleep(0.6) if path == "qrcode/create" else None
    begun = time.monotonic()
    assert codes.find(SOON, NOW, wait_s=0.1).note is Note.AWAY
    assert time.monotonic() - begun < 0.5
    assert codes.find(SOON, NOW, wait_s=3).note is Note.TEMPORARY
    assert len(platform.of("qrcode/create")) == 1


def _store(db: Database, days: int) -> None:
    with db.writing() as tx:
        starts_at = NOW + timedelta(days=days)
        add_occurrence(tx, add_house(tx), 12, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))


def test_the_task_renews_what_ends_before_its_occurrence_and_forgets_what_has_ended(
    db: Database, gateway: Gateway, platform: Platform
) -> None:
    """Seen to fail without `_ends_early`: codes that are good are made again at each run."""
    _store(db, 10)
    with db.writing() as tx:
        for scene in ("o12", "o99"):
            save_scene_qr(tx, SceneQr(scene, "old", NOW + DAY if scene == "o12" else NOW - DAY), NOW - DAY)
    platform.next("qrcode/create", made("new"))
    assert renew_codes(gateway, db, NOW) == 1
    assert renew_codes(gateway, db, NOW) == 0
    with db.reading() as tx:
        assert find_scene_qrs(tx, ["o12"])["o12"].url == "new"
        assert [each.scene for each in list_temporary(tx)] == ["o12"]


def test_a_permanent_code_is_not_replaced_by_one_that_ends(db: Database) -> None:
    with db.writing() as tx:
        save_scene_qr(tx, SceneQr("o1", "for ever", None), NOW)
        save_scene_qr(tx, SceneQr("o1", "for a while", NOW + DAY), NOW)
        assert find_scene_qrs(tx, ["o1"])["o1"].url == "for ever"
        save_scene_qr(tx, SceneQr("o1", "for ever again", None), NOW)
        assert find_scene_qrs(tx, ["o1"])["o1"].url == "for ever again"
