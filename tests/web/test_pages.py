from __future__ import annotations

import re

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from redis import Redis

from bot.store.database import Database, open_database
from bot.store.pii import Keys
from bot.texts.consent import PRIVACY_VERSION
from tests.web.stage import ACCOUNT, CONTACT, Stage, StageClock, build_app

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_home_says_how_to_begin(client: FlaskClient, stage: Stage) -> None:
    page = client.get("/").text
    for words in ("广元市图书馆", "活动", "报名 12", "我的", "取消 12", "签到", "帮助", CONTACT, ACCOUNT):
        assert words in page


def test_home_stands_before_any_campaign_is_loaded(client: FlaskClient) -> None:
    assert client.get("/").status_code == 200


def test_privacy_notice_names_everything_the_law_asks_for(client: FlaskClient, stage: Stage) -> None:
    page = client.get("/privacy").text
    for words in (
        PRIVACY_VERSION,
        "广元市图书馆",
        ACCOUNT,
        CONTACT,
        "姓名",
        "手机号",
        "人数",
        "30 天",
        "我的信息",
        "修改",
        "撤回同意",
        "注销",
        "儿童",
        "监护人同意",
    ):
        assert words in page


def test_childrens_rules_name_what_the_law_asks_for(client: FlaskClient, stage: Stage) -> None:
    """CPR Art. 8-10: person in charge, purpose, kinds, retention, what a refusal means, rights, and where to complain."""
    page = client.get("/privacy/children").text
    for needed in (
        "专人负责",
        "联系方式",
        "小名",
        "出生年份",
        "30 天",
        "不同意",
        "监护人同意",
        "撤回监护人同意",
        "注销",
    ):
        assert needed in page
    for right in ("查看", "更正", "删除", "投诉"):
        assert right in page
    assert "/privacy/children" in client.get("/privacy").text


def test_privacy_notice_names_a_way_to_ask_even_without_a_contact(
    small_db: Database, redis: Redis, keys: Keys, clock: StageClock
) -> None:
    page = build_app(small_db, redis, keys, clock, contact="").test_client().get("/privacy").text
    assert "人工" in page


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 429, 500, 503, 418])
def test_every_error_is_a_warm_page_or_json(small_app: Flask, status: int) -> None:
    small_app.add_url_rule("/fail", view_func=lambda: abort(status))
    client = small_app.test_client()
    page, data = client.get("/fail", headers=HTML), client.get("/fail", headers={"Accept": "application/json"})
    assert page.status_code == data.status_code == status
    assert page.mimetype == "text/html"
    assert re.search(r"<h1>[^<]*[一-鿿]+[^<]*</h1>", page.text)
    assert set(data.json) == {"error", "advice"}


def test_unforeseen_exception_is_a_page_without_its_words(small_app: Flask) -> None:
    def fail() -> str:
        raise RuntimeError("secret of the engine room")

    small_app.add_url_rule("/fail", view_func=fail)
    small_app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = small_app.test_client().get("/fail", headers=HTML)
    assert answer.status_code == 500
    assert "抱歉" in answer.text
    assert "secret" not in answer.text


def test_log_of_a_failure_names_the_route_and_not_the_ticket(
    small_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(ticket: str) -> str:
        raise RuntimeError("out of order")

    small_app.view_functions["tickets.show"] = fail
    small_app.config["PROPAGATE_EXCEPTIONS"] = False
    assert small_app.test_client().get("/T/SECRETTOKEN").status_code == 500
    assert "/T/<ticket>" in caplog.text
    assert "out of order" in caplog.text
    assert "SECRETTOKEN" not in caplog.text


def test_lost_database_asks_for_patience(redis: Redis, keys: Keys, clock: StageClock) -> None:
    lost = open_database("postgresql://nobody@127.0.0.1:1/nothing")
    answer = build_app(lost, redis, keys, clock).test_client().get("/", headers=HTML)
    lost.dispose()
    assert answer.status_code == 503
    assert "过一会儿再试" in answer.text


def test_too_long_body_gets_413(small_app: Flask) -> None:
    small_app.config["MAX_CONTENT_LENGTH"] = 10
    small_app.add_url_rule("/take", view_func=lambda: __import__("flask").request.get_data(), methods=["POST"])
    assert small_app.test_client().post("/take", data="x" * 11).status_code == 413


def test_wrong_method_names_the_right_ones(small_client: FlaskClient) -> None:
    answer = small_client.post("/privacy")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_redirects_pass_through(small_app: Flask) -> None:
    small_app.add_url_rule("/folder/", view_func=lambda: "here")
    assert small_app.test_client().get("/folder").status_code == 308


@pytest.mark.parametrize("path", ["/", "/privacy", "/nope", "/T/WRONG", "/venue/WRONG"])
def test_every_page_bears_the_security_headers(small_client: FlaskClient, path: str) -> None:
    headers = small_client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Strict-Transport-Security"].startswith("max-age=")


def test_data_is_not_taken_for_a_page_and_leaks_no_address(small_client: FlaskClient) -> None:
    headers = small_client.get("/healthz").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Strict-Transport-Security"].startswith("max-age=")


def test_plain_http_does_not_promise_https(small_db: Database, redis: Redis, keys: Keys, clock: StageClock) -> None:
    client = build_app(small_db, redis, keys, clock, public_url="http://127.0.0.1:8000").test_client()
    assert "Strict-Transport-Security" not in client.get("/").headers


def test_own_files_are_kept_by_content_and_carry_no_foreign_address(small_client: FlaskClient) -> None:
    names = re.findall(r'(?:href|src)="(/assets/[^"]+)"', small_client.get("/").text)
    assert len(names) >= 2
    for name in names:
        answer = small_client.get(name)
        assert re.search(r"\?v=[0-9a-f]{10}$", name)
        assert "immutable" in answer.headers["Cache-Control"]
        assert not re.search(r"https?://(?!www\.w3\.org/)", answer.text)
        answer.close()


@pytest.mark.parametrize("path", ["/", "/privacy", "/nope"])
def test_pages_need_no_inline_script_or_style(small_client: FlaskClient, path: str) -> None:
    page = small_client.get(path, headers=HTML).text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", page)
