"""What `/wechat` lets in, what it refuses and with which status, and that nothing makes it fail."""

from __future__ import annotations

import io
import shutil
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy.exc import OperationalError
from werkzeug.test import EnvironBuilder, run_wsgi_app

from bot.conversation.messages import OtherMessage, Unfollow
from bot.texts.apology import something_broke, try_again_later
from bot.wechat.account import Account, Mode
from bot.wechat.pushes import DeliveryReport, Farewell
from tests.wechat.conftest import MakePost, Post
from tests.wechat.conversations import CountingTurn
from tests.wechat.pushes import (
    AES_KEY,
    APPID,
    OTHER_AES_KEY,
    READER,
    TOKEN,
    Sent,
    event_push,
    fields_of,
    opened,
    seal_ciphertext,
    sealed,
    signed,
    text_push,
    xml_of,
)
from tests.wechat.test_crypto import damaged
from tests.wechat.test_parser import MALFORMED


@pytest.fixture
def database_url(tmp_path: Path, sqlite_template: Path) -> str:
    """What is refused or misread here never reaches a database, so one kind is enough."""
    shutil.copy(sqlite_template, tmp_path / "shuqian.db")
    return f"sqlite:///{tmp_path / 'shuqian.db'}"


def test_address_check_gives_back_its_word(post: Post) -> None:
    query = {**signed(b"").query, "echostr": "4839201"}
    answer = post.client.get("/wechat?" + urlencode(query))
    assert (answer.status_code, answer.data, answer.mimetype) == (200, b"4839201", "text/plain")


@pytest.mark.parametrize("mode", list(Mode))
def test_address_check_with_a_wrong_signature_is_refused_in_every_mode(make_post: MakePost, mode: Mode) -> None:
    query = {**signed(b"", token="another").query, "echostr": "4839201"}
    answer = make_post(mode).client.get("/wechat?" + urlencode(query))
    assert (answer.status_code, answer.data) == (403, b"")


def test_text_is_answered_from_the_account_to_its_sender(post: Post) -> None:
    answer = post.send(signed(text_push("帮助")))
    assert answer.status_code == 200
    fields = fields_of(answer.data)
    assert (fields["ToUserName"], fields["FromUserName"], fields["Content"]) == (READER, "gh_tests", "帮助 第0次")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_not_allowed(post: Post, method: str) -> None:
    assert post.client.open(signed(text_push()).url, method=method).status_code == 405


BAD_QUERIES: dict[str, dict[str, Any]] = {
    "no query": {},
    "no signature": {"signature": None},
    "wrong signature": {"signature": "0" * 40},
    "signature in Chinese": {"signature": "签名"},
    "signature of bad bytes": {"signature": b"\xff\xfe"},
    "signature of another token": signed(b"", token="another").query,
    "old timestamp": signed(b"", timestamp=str(int(time.time()) - 301)).query,
    "timestamp of the future": signed(b"", timestamp=str(int(time.time()) + 3_600)).query,
    "timestamp of eleven digits": signed(b"", timestamp=str(int(time.time())) + "1").query,
    "timestamp in full width": signed(b"", timestamp="１７００００００００").query,
    "array": {"signature": None, "signature[]": "x", "timestamp[]": "y"},
}


@pytest.mark.parametrize("name", sorted(BAD_QUERIES))
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_request_that_is_not_genuine_is_refused(post: Post, name: str, method: str) -> None:
    """Seen to fail with `Envelopes.check` emptied."""
    changes = BAD_QUERIES[name]
    query = {**signed(b"").query, "echostr": "1", **changes} if changes else {}
    given_query = {key: value for key, value in query.items() if value is not None}
    answer = post.client.open("/wechat?" + urlencode(given_query), method=method, data=text_push())
    assert (answer.status_code, answer.data) == (403, b"")
    assert post.talk.heard == []


def test_first_of_repeated_parameters_counts(post: Post) -> None:
    sent = signed(text_push())
    assert post.app.test_client().post(sent.url + "&signature=zzz&timestamp=1", data=sent.body).status_code == 200
    assert post.app.test_client().post("/wechat?signature=z&" + sent.url[8:], data=sent.body).status_code == 403


def test_percent_and_plus_in_the_query_are_read(post: Post) -> None:
    sent = signed(text_push(), nonce="a +%&=签")
    assert "%E7" in sent.url
    assert post.send(sent).status_code == 200


@pytest.mark.parametrize("name", sorted(MALFORMED))
def test_malformed_body_is_400(post: Post, name: str) -> None:
    answer = post.send(signed(MALFORMED[name]))
    assert (answer.status_code, answer.data) == (400, b"")
    assert post.talk.heard == []


def call(post: Post, sent: Sent, **environ: Any) -> int:
    """Deliver with an environment of one's own; the status."""
    built = EnvironBuilder(method="POST", path="/wechat", query_string=sent.url[8:], data=sent.body).get_environ()
    built.update(environ)
    _, status, _ = run_wsgi_app(post.app, {key: value for key, value in built.items() if value is not None})
    return int(status.split()[0])


class Unreadable(io.BytesIO):
    """A body that must not be touched."""

    def read(self, *_: Any) -> bytes:
        raise AssertionError("read although it was too large")


def test_large_body_is_413_without_being_read(post: Post) -> None:
    sent = signed(text_push("x"))
    assert call(post, sent, CONTENT_LENGTH="65537", **{"wsgi.input": Unreadable()}) == 413
    assert call(post, sent, CONTENT_LENGTH="9" * 40, **{"wsgi.input": Unreadable()}) == 413


def test_body_of_exactly_64_kilobytes_is_read(post: Post) -> None:
    body = text_push("x")
    body = body.replace(b"[x]", b"[" + b"x" * (65_536 - len(body) + 1) + b"]")
    assert len(body) == 65_536
    assert post.send(signed(body)).status_code == 200


def test_chunked_body_is_refused(post: Post) -> None:
    """Servers cut chunked bodies silently at a limit; seen to be answered 200 without the check."""
    sent = signed(text_push())
    assert call(post, sent, HTTP_TRANSFER_ENCODING="chunked") == 411
    assert call(post, sent, HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH=None) == 411
    assert call(post, sent, CONTENT_LENGTH=None) == 400


@pytest.mark.parametrize("length", ["", "-1", "abc", "1e3", "１０", "+5", " 5"])
def test_length_that_is_no_number_is_400(post: Post, length: str) -> None:
    assert call(post, signed(text_push()), CONTENT_LENGTH=length) == 400


def test_body_shorter_than_stated_is_400(post: Post) -> None:
    sent = signed(text_push())
    assert call(post, sent, CONTENT_LENGTH=str(len(sent.body) + 1)) == 400


@pytest.mark.parametrize("event", ["LOCATION", "VIEW", "kf_create_session", "subscribe_msg_popup_event", "invented"])
def test_push_that_needs_no_answer_gets_the_word_success(post: Post, event: str) -> None:
    answer = post.send(signed(event_push(event, EventKey="x")))
    assert (answer.status_code, answer.data) == (200, b"success")
    assert post.talk.heard == []


def test_kinds_that_we_cannot_read_reach_the_conversation(post: Post) -> None:
    body = xml_of(ToUserName="gh", FromUserName=READER, CreateTime=1780000000, MsgType="voice", MsgId=5)
    assert post.send(signed(body)).data == b"success"  # this conversation has nothing to say to a voice
    assert isinstance(post.talk.heard[0], OtherMessage)


def test_withdrawn_authorisation_reaches_the_conversation_as_a_farewell(post: Post) -> None:
    post.send(signed(event_push("user_authorization_revoke", sender="platform", OpenID="o-person")))
    (heard,) = post.talk.heard
    assert isinstance(heard, Unfollow)
    assert heard.sender == "o-person"


@pytest.mark.parametrize("event", ["unsubscribe", "user_authorization_cancellation"])
def test_farewell_that_fails_is_handed_on_and_not_answered_with_an_apology(post: Post, event: str) -> None:
    """The platform would not repeat it. Seen to fail: the apology went out, and the reader stayed known."""

    def fail(turn: CountingTurn) -> None:
        raise OperationalError("statement", {}, Exception("database is locked"))

    post.talk.before = fail
    sent = signed(event_push(event, OpenID=READER))
    assert post.send(sent).data == b"success"
    assert post.news == [Farewell(READER)]


def test_report_on_a_template_message_is_recorded(post: Post) -> None:
    sent = signed(event_push("TEMPLATESENDJOBFINISH", MsgID=77, Status="failed:user block"))
    assert post.send(sent).data == b"success"
    assert post.news == [DeliveryReport(77, "failed:user block")]


def test_bug_in_a_handler_becomes_an_apology_and_the_repeat_is_a_new_attempt(post: Post) -> None:
    def fail(turn: CountingTurn) -> None:
        raise KeyError("13800138000")

    post.talk.before = fail
    push = signed(text_push("+1"))
    answer = post.send(push)
    assert answer.status_code == 200
    assert fields_of(answer.data)["Content"] == something_broke()
    post.talk.before = lambda turn: None
    assert fields_of(post.send(push).data)["Content"] == "+1 第1次"


def test_bug_is_logged_without_the_words_of_the_reader(post: Post, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(turn: CountingTurn) -> None:
        raise KeyError("13800138000 张三")

    post.talk.before = fail
    post.send(signed(text_push("报名 12 张三 13800138000")))
    logged = capsys.readouterr()
    written = logged.out + logged.err
    assert "handler_failed" in written
    assert "conversations.py" not in written or "KeyError" in written
    for canary in ("13800138000", "张三", READER, TOKEN):
        assert canary not in written


def test_database_that_fails_twice_is_an_apology(post: Post) -> None:
    tries = []

    def fail(turn: CountingTurn) -> None:
        tries.append(turn)
        raise OperationalError("statement", {}, Exception("database is locked"))

    post.talk.before = fail
    assert fields_of(post.send(signed(text_push("+1"))).data)["Content"] == try_again_later()
    assert len(tries) == 2


def test_database_that_fails_once_is_not_noticed(post: Post) -> None:
    tries = []

    def fail_once(turn: CountingTurn) -> None:
        tries.append(turn)
        if len(tries) == 1:
            raise OperationalError("statement", {}, Exception("server closed the connection"))

    post.talk.before = fail_once
    assert fields_of(post.send(signed(text_push("+1"))).data)["Content"] == "+1 第1次"


def test_account_without_a_token_or_its_key_is_refused() -> None:
    with pytest.raises(ValueError):
        Account(APPID, "")
    with pytest.raises(ValueError):
        Account(APPID, TOKEN, mode=Mode.SAFE)


# Modes


@pytest.mark.parametrize("mode", [Mode.COMPATIBLE, Mode.SAFE])
def test_encrypted_push_is_answered_encrypted(make_post: MakePost, mode: Mode) -> None:
    answer = make_post(mode).send(sealed(text_push("帮助"), clear_beside=mode is Mode.COMPATIBLE))
    assert answer.status_code == 200
    assert fields_of(opened(answer.data))["Content"] == "帮助 第0次"


def test_compatible_mode_reads_the_sealed_part_not_the_one_beside_it(make_post: MakePost) -> None:
    sent = sealed(text_push("sealed"), clear_beside=True)
    forged = Sent(sent.body.replace(b"[sealed]", b"[forged]"), sent.query)
    assert b"forged" in forged.body
    answer = make_post(Mode.COMPATIBLE).send(forged)
    assert fields_of(opened(answer.data))["Content"] == "sealed 第0次"


@pytest.mark.parametrize("mode", [Mode.COMPATIBLE, Mode.SAFE])
def test_plain_push_is_refused_where_encryption_is_configured(make_post: MakePost, mode: Mode) -> None:
    """The downgrade: whoever leaves `<Encrypt>` out would meet the check that does not cover the body."""
    post = make_post(mode)
    assert post.send(signed(text_push())).status_code == 403
    assert post.talk.heard == []


def test_encrypted_push_is_refused_in_plain_mode(make_post: MakePost) -> None:
    post = make_post(Mode.PLAIN)
    assert post.send(sealed(text_push())).status_code == 403
    assert post.send(sealed(text_push(), clear_beside=True)).status_code == 403
    declared = signed(text_push())
    declared.query["encrypt_type"] = "aes"
    assert post.send(declared).status_code == 403


def test_encrypt_type_raw_is_plain_mode(make_post: MakePost) -> None:
    sent = signed(text_push())
    sent.query["encrypt_type"] = "raw"
    assert make_post(Mode.PLAIN).send(sent).status_code == 200


@pytest.mark.parametrize("change", ["missing", "wrong", "of another body"])
def test_message_signature_must_cover_this_body(make_post: MakePost, change: str) -> None:
    """Seen to fail with the check of `msg_signature` taken out of `Envelopes.open`."""
    sent = sealed(text_push())
    other = {"missing": "", "wrong": "0" * 40, "of another body": sealed(text_push("x")).query["msg_signature"]}
    sent.query["msg_signature"] = other[change]
    assert make_post(Mode.SAFE).send(sent).status_code == 403


@pytest.mark.parametrize("name", sorted(damaged()))
def test_damaged_ciphertext_is_403_whatever_is_wrong_with_it(make_post: MakePost, name: str) -> None:
    answer = make_post(Mode.SAFE).send(seal_ciphertext(damaged()[name]))
    assert (answer.status_code, answer.data) == (403, b"")


@pytest.mark.parametrize("name", sorted(MALFORMED.keys() - {"very deep"}))  # that one is over 64 KB when sealed
def test_malformed_clear_text_is_400(make_post: MakePost, name: str) -> None:
    assert make_post(Mode.SAFE).send(sealed(MALFORMED[name])).status_code == 400


@pytest.mark.parametrize("key", [AES_KEY, OTHER_AES_KEY])
def test_during_rotation_the_answer_is_sealed_with_the_key_of_the_push(make_post: MakePost, key: str) -> None:
    answer = make_post(Mode.SAFE, (AES_KEY, OTHER_AES_KEY)).send(sealed(text_push("帮助"), key=key))
    assert fields_of(opened(answer.data, key))["Content"] == "帮助 第0次"


def test_after_rotation_the_old_key_is_refused(make_post: MakePost) -> None:
    assert make_post(Mode.SAFE).send(sealed(text_push(), key=OTHER_AES_KEY)).status_code == 403


def test_nothing_to_say_is_the_bare_word_in_safe_mode_too(make_post: MakePost) -> None:
    assert make_post(Mode.SAFE).send(sealed(event_push("VIEW", EventKey="u"))).data == b"success"
    assert make_post(Mode.SAFE).send(sealed(event_push("unsubscribe"))).data == b"success"
