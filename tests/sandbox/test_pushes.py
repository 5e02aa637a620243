"""What goes out to the webhook, in each mode, and how answers are taken."""

import time
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from bot.sandbox import crypto
from tests.sandbox.account import AES_KEY, APPID, TOKEN, Pushed, reply, sealed_reply, text, wait_until
from tests.sandbox.conftest import Rig


def last(rig: Rig) -> Pushed:
    return rig.account.received[-1]


def is_signed(pushed: Pushed) -> bool:
    query = pushed.query
    return query["signature"] == crypto.sign(TOKEN, query["timestamp"], query["nonce"])


def opened(pushed: Pushed) -> ElementTree.Element:
    return ElementTree.fromstring(crypto.unseal(pushed.text("Encrypt"), AES_KEY, APPID))


def test_text_message_is_signed_and_whole(rig: Rig) -> None:
    openid = rig.add_person()
    rig.act(openid, "say", text="报名 12 ]]> <b>")
    pushed = last(rig)
    assert is_signed(pushed)
    assert pushed.query["openid"] == openid
    assert "encrypt_type" not in pushed.query
    assert pushed.query["timestamp"] == str(int(rig.clock.now))
    assert [node.tag for node in pushed.xml or []] == [
        *("ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId"),
    ]
    assert pushed.text("Content") == "报名 12 ]]> <b>"
    assert pushed.text("FromUserName") == openid
    assert pushed.text("ToUserName") == rig.box.settings.account_id
    assert len(pushed.text("MsgId")) == 17


def test_compatible_mode_sends_both_forms(make_rig: Any) -> None:
    rig = make_rig(mode="compatible")
    rig.add_person()
    pushed = last(rig)
    assert is_signed(pushed)
    assert pushed.query["encrypt_type"] == "aes"
    assert pushed.text("Event") == "subscribe"
    assert opened(pushed).findtext("Event") == "subscribe"


def test_safe_mode_sends_the_sealed_form_only(make_rig: Any) -> None:
    rig = make_rig(mode="safe")
    rig.add_person()
    pushed = last(rig)
    query, sealed = pushed.query, pushed.text("Encrypt")
    assert query["msg_signature"] == crypto.sign(TOKEN, query["timestamp"], query["nonce"], sealed)
    assert [node.tag for node in pushed.xml or []] == ["ToUserName", "Encrypt"]
    assert opened(pushed).findtext("Event") == "subscribe"


@pytest.mark.parametrize(
    ("action", "body", "wanted"),
    [
        ("tap", {"key": "LIST"}, {"Event": "CLICK", "EventKey": "LIST"}),
        (
            "scan",
            {"result": "HTTP://X/T/ABC"},
            {"Event": "scancode_waitmsg", "EventKey": "SCAN", "ScanCodeInfo/ScanResult": "HTTP://X/T/ABC"},
        ),
        ("scan", {"result": "x", "wait": False}, {"Event": "scancode_push", "ScanCodeInfo/ScanType": "qrcode"}),
        ("scene", {"scene": "o12"}, {"Event": "SCAN", "EventKey": "o12"}),
        ("unfollow", {}, {"Event": "unsubscribe"}),
        ("send", {"kind": "voice"}, {"MsgType": "voice", "Format": "amr"}),
        ("send", {"kind": "voice", "recognition": "报名12。"}, {"MsgType": "voice", "Recognition": "报名12。"}),
        ("send", {"kind": "location"}, {"MsgType": "location", "Location_X": "32.4355"}),
        ("send", {"kind": "link", "title": "标题"}, {"MsgType": "link", "Title": "标题"}),
        ("send", {"kind": "custom", "fields": {"MsgType": "event", "Event": "LOCATION"}}, {"Event": "LOCATION"}),
        ("say", {"text": "一", "menu_id": 3}, {"Content": "一", "bizmsgmenuid": "3"}),
        (
            "consent",
            {"kind": "notice", "reference": "T1"},
            {
                "Event": "subscribe_msg_popup_event",
                "SubscribeMsgPopupEvent/List/TemplateId": "T1",
                "SubscribeMsgPopupEvent/List/SubscribeStatusString": "accept",
            },
        ),
    ],
)
def test_every_act_sends_its_push(rig: Rig, action: str, body: dict[str, Any], wanted: dict[str, str]) -> None:
    rig.act(rig.add_person(), action, **body)
    assert {name: last(rig).text(name) for name in wanted} == wanted


def test_words_of_a_voice_stand_in_the_chat_and_are_words(rig: Rig) -> None:
    openid = rig.add_person()
    rig.act(openid, "send", kind="voice", recognition="活动")
    spoken = next(entry for entry in rig.chat(openid) if entry["kind"] == "voice")
    assert spoken["text"] == "活动"
    rig.act(openid, "send", kind="voice", recognition=7, status=400)


def test_picture_is_fetched_where_the_push_says(rig: Rig) -> None:
    rig.act(rig.add_person(), "send", kind="image")
    address = last(rig).text("PicUrl").removeprefix(rig.box.settings.public_url)
    assert rig.client.get(address).content_type == "image/png"


def test_new_reader_follows_by_poster(rig: Rig) -> None:
    openid = rig.add_person(follow=False)
    rig.act(openid, "scene", scene="o12")
    assert last(rig).text("EventKey") == "qrscene_o12"
    assert last(rig).text("Ticket").startswith("gQ")


def test_nickname_is_never_sent(rig: Rig) -> None:
    openid = rig.add_person("独一无二的称呼")
    rig.act(openid, "say", text="活动")
    rig.act(openid, "redeliver")
    assert len(rig.account.received) == 3
    assert not any("独一无二" in pushed.body for pushed in rig.account.received)


def test_reply_appears_in_the_chat(rig: Rig) -> None:
    rig.account.says("欢迎")
    openid = rig.add_person()
    assert [(entry["side"], entry["kind"]) for entry in rig.chat(openid)] == [
        ("system", "followed"),
        ("account", "text"),
    ]
    assert rig.chat(openid)[1]["text"] == "欢迎"


@pytest.mark.parametrize("answer", ["success", "", "  success\n"])
def test_silence_shows_nothing(rig: Rig, answer: str) -> None:
    rig.account.answer = lambda pushed: (200, answer)
    result = rig.act(rig.add_person(), "say", text="x")
    assert (result["reply"], result["entries"]) == ({"kind": "none"}, [])


BAD_ANSWERS = {
    "json": lambda pushed: (200, '{"ok": true}'),
    "error page": lambda pushed: (500, "<html>"),
    "refusal": lambda pushed: (403, reply(pushed, text("x"))),
    "wrong receiver": lambda pushed: (200, reply(pushed, text("x")).replace(pushed.text("FromUserName"), "oSomeone")),
    "no kind": lambda pushed: (200, reply(pushed, "<Content>x</Content>")),
    "two contents": lambda pushed: (200, reply(pushed, text("x") + "<Content>forged</Content>")),
    "empty text": lambda pushed: (200, reply(pushed, text(" "))),
    "too long": lambda pushed: (200, reply(pushed, text("长" * 683))),
    "unknown media": lambda pushed: (
        200,
        reply(pushed, "<MsgType>image</MsgType><Image><MediaId>x</MediaId></Image>"),
    ),
    "document type": lambda pushed: (200, "<!DOCTYPE x>" + reply(pushed, text("x"))),
    "sealed in plain mode": lambda pushed: (200, sealed_reply(reply(pushed, text("x")))),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_bad_answer_shows_the_service_fault(rig: Rig, name: str) -> None:
    openid = rig.add_person()
    rig.account.answer = BAD_ANSWERS[name]
    result = rig.act(openid, "say", text="x")
    assert result["reply"]["kind"] == "fault", result["reply"]
    assert len(result["attempts"]) == 1
    assert "出现故障" in rig.chat(openid)[-1]["text"]


def test_longest_text_is_shown(rig: Rig) -> None:
    rig.account.says("长" * 682)
    assert rig.act(rig.add_person(), "say", text="x")["reply"]["kind"] == "text"


def test_sealed_reply_is_read_and_its_signature_checked(make_rig: Any) -> None:
    rig = make_rig(mode="safe")
    openid = rig.add_person()

    def sealed(pushed: Pushed, **wrong: str) -> tuple[int, str]:
        inside = Pushed(pushed.query, "", opened(pushed))
        return 200, sealed_reply(reply(inside, text("密")), **wrong)

    rig.account.answer = sealed
    assert rig.act(openid, "say", text="x")["reply"] == {"kind": "text", "text": "密"}
    rig.account.answer = lambda pushed: sealed(pushed, token="other")
    assert "MsgSignature" in rig.act(openid, "say", text="x")["reply"]["reason"]
    rig.account.answer = lambda pushed: sealed(pushed, appid="wx-other")
    assert "decrypted" in rig.act(openid, "say", text="x")["reply"]["reason"]
    rig.account.answer = lambda pushed: (200, reply(Pushed(pushed.query, "", opened(pushed)), text("x")))
    assert "not encrypted" in rig.act(openid, "say", text="x")["reply"]["reason"]


def test_lost_connection_is_repeated_with_the_same_request(rig: Rig) -> None:
    openid = rig.add_person()
    answers = iter([None, None, "third"])

    def answer(pushed: Pushed) -> tuple[int, str] | None:
        words = next(answers)
        return None if words is None else (200, reply(pushed, text(words)))

    rig.account.answer = answer
    rig.account.received.clear()
    result = rig.act(openid, "say", text="x", pause=0)
    assert [attempt["outcome"] for attempt in result["attempts"]] == ["cut", "cut", "answered"]
    assert result["reply"] == {"kind": "text", "text": "third"}
    assert len({(pushed.body, *pushed.query.items()) for pushed in rig.account.received}) == 1


def test_slow_answer_is_given_up_after_three_attempts(rig: Rig) -> None:
    openid = rig.add_person()

    def answer(pushed: Pushed) -> tuple[int, str]:
        time.sleep(0.4)
        return 200, "success"

    rig.account.answer = answer
    result = rig.act(openid, "say", text="x", timeout=0.1, pause=0)
    assert [attempt["outcome"] for attempt in result["attempts"]] == ["timeout"] * 3
    assert rig.chat(openid)[-1]["kind"] == "fault"


def test_nobody_listening_is_a_fault(make_rig: Any) -> None:
    rig = make_rig(webhook_url="http://127.0.0.1:1/wechat")
    result = rig.post("people", {"nickname": "张三", "pause": 0})["result"]
    assert [attempt["outcome"] for attempt in result["attempts"]] == ["refused"] * 3
    assert result["reply"]["kind"] == "fault"


@pytest.mark.parametrize("parallel", [False, True])
def test_three_deliveries_carry_one_push_and_show_one_reply(rig: Rig, parallel: bool) -> None:
    openid = rig.add_person()
    rig.account.says("好")
    rig.account.received.clear()
    result = rig.act(openid, "say", text="x", times=3, parallel=parallel, create_time=1_789_999_999, msg_id=77)
    assert len({(pushed.body, *pushed.query.items()) for pushed in rig.account.received}) == 1
    assert (last(rig).text("CreateTime"), last(rig).text("MsgId")) == ("1789999999", "77")
    assert [attempt["delivery"] for attempt in result["attempts"]] == [1, 2, 3]
    assert result["same"]
    assert result["same_bytes"]
    assert [entry["kind"] for entry in rig.chat(openid)[-2:]] == ["text", "repeated"]


def test_differing_answers_are_shown_and_told(rig: Rig) -> None:
    openid = rig.add_person()
    rig.account.answer = lambda pushed: (200, reply(pushed, text(str(len(rig.account.received)))))
    result = rig.act(openid, "say", text="x", times=2)
    assert not result["same"]
    assert [entry["kind"] for entry in result["entries"]] == ["text", "text", "repeated"]


def test_redelivery_is_the_same_request_and_fresh_is_signed_anew(rig: Rig) -> None:
    openid = rig.add_person()
    rig.account.says("好")
    rig.act(openid, "say", text="x")
    first = last(rig)
    rig.clock.now += 9
    result = rig.act(openid, "redeliver")
    assert (last(rig).body, last(rig).query) == (first.body, first.query)
    assert result["same"]
    assert [entry["kind"] for entry in result["entries"]] == ["repeated"]
    rig.act(openid, "redeliver", fresh=True)
    assert last(rig).body == first.body
    assert last(rig).query["timestamp"] == str(int(rig.clock.now))


def test_answer_to_a_quiet_push_is_not_shown(rig: Rig) -> None:
    openid = rig.add_person()
    rig.account.says("再见")
    assert rig.act(openid, "unfollow")["entries"] == []


def test_news_shows_one_article_after_a_message_and_more_after_a_click(rig: Rig) -> None:
    openid = rig.add_person()
    item = "<item><Title>{}</Title><Description/><PicUrl/><Url>http://x/</Url></item>"
    nodes = (
        "<MsgType>news</MsgType><ArticleCount>2</ArticleCount>"
        f"<Articles>{item.format('a')}{item.format('b')}</Articles>"
    )
    rig.account.answer = lambda pushed: (200, reply(pushed, nodes))
    assert len(rig.act(openid, "say", text="x")["reply"]["articles"]) == 1
    assert len(rig.act(openid, "tap", key="LIST")["reply"]["articles"]) == 2


def test_who_left_cannot_speak_until_following_again(rig: Rig) -> None:
    openid = rig.add_person()
    rig.act(openid, "unfollow")
    assert rig.act(openid, "say", status=409, text="x")["error"] == "not_following"
    rig.act(openid, "follow")
    assert rig.act(openid, "follow", status=409)["error"] == "already_following"
    rig.act(openid, "say", text="x")


def test_address_check_wants_the_echo(rig: Rig, make_rig: Any) -> None:
    assert rig.post("check")["passed"]
    assert not make_rig(token="another-token").post("check")["passed"]


def test_chats_survive_a_restart(rig: Rig, make_rig: Any) -> None:
    rig.account.says("记得")
    openid = rig.add_person()
    again = make_rig()
    assert again.chat(openid) == rig.chat(openid)
    assert again.get("people")["people"][0]["followed"]


def test_template_report_comes_later_as_a_push(rig: Rig) -> None:
    openid = rig.add_person()
    template = rig.get("templates")["templates"][0]["template_id"]
    data = {"thing1": {"value": "讲座"}, "time2": {"value": "2026-05-21 15:00"}, "thing3": {"value": "总馆"}}
    sent = rig.call("message/template/send", {"touser": openid, "template_id": template, "data": data})
    wait_until(lambda: last(rig).text("Event") == "TEMPLATESENDJOBFINISH")
    assert last(rig).text("MsgID") == str(sent["msgid"])
    assert last(rig).text("Status") == "success"


@pytest.mark.parametrize("kind", ["location_select", "pic_sysphoto", "pic_photo_or_album", "pic_weixin"])
def test_buttons_that_choose_a_place_or_pictures_send_what_was_chosen(rig: Rig, kind: str) -> None:
    openid = rig.add_person()
    button = {"type": kind, "name": "选", "key": "CHOOSE"}
    assert rig.errcode("menu/create", {"button": [button]}) == 0
    xml = rig.act(openid, "tap", key="CHOOSE", pictures=2)["push"]["xml"]
    assert f"<Event><![CDATA[{kind}]]></Event>" in xml
    assert xml.count("<PicMd5Sum>") == (0 if kind == "location_select" else 2)
    assert ("<Location_X>" in xml) == (kind == "location_select")
