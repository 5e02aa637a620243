"""The API side: shapes, rights, errcodes, windows, quotas."""

import io
import json
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from bot.texts.sandbox import ONCE_TEMPLATE
from tests.sandbox.account import APPID, SECRET, wait_until
from tests.sandbox.conftest import Rig, told

SEND = "message/custom/send"
TEMPLATE = "message/template/send"


def custom(openid: str, content: str = "您好") -> dict[str, Any]:
    return {"touser": openid, "msgtype": "text", "text": {"content": content}}


def card(rig: Rig, openid: str, **changes: Any) -> dict[str, Any]:
    template = rig.get("templates")["templates"][0]["template_id"]
    data = {"thing1": {"value": "讲座"}, "time2": {"value": "2026年5月21日 15:00"}, "thing3": {"value": "总馆"}}
    return {"touser": openid, "template_id": template, "data": data} | changes


def png(size: int = 8) -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (size, size), "white").save(picture, "PNG")
    return picture.getvalue()


def upload(rig: Rig, content: bytes, kind: str = "image", name: str = "a.png") -> dict[str, Any]:
    query = {"access_token": rig.token(), "type": kind}
    return told(
        rig.client.post("/cgi-bin/media/upload", query_string=query, data={"media": (io.BytesIO(content), name)})
    )


# -- tokens


@pytest.mark.parametrize(
    ("change", "errcode"),
    [({"appid": "wx-other"}, 40013), ({"secret": "wrong"}, 40125), ({"grant_type": "x"}, 40002)],
)
def test_token_wants_the_right_account(rig: Rig, change: dict[str, str], errcode: int) -> None:
    wish = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET} | change
    assert told(rig.client.post("/cgi-bin/stable_token", json=wish))["errcode"] == errcode
    assert told(rig.client.get("/cgi-bin/token", query_string=wish))["errcode"] == errcode


def test_stable_token_stays_until_its_last_five_minutes(rig: Rig) -> None:
    first = rig.token()
    rig.clock.now += 6800
    assert rig.token() == first
    rig.clock.now += 200
    second = rig.token()
    assert second != first
    assert rig.errcode("user/get", access_token=first) == 0
    rig.clock.now += 301
    assert rig.errcode("user/get", access_token=first) == 42001


def test_old_token_call_kills_the_one_before_after_five_minutes(rig: Rig) -> None:
    wish = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
    first, second = (told(rig.client.get("/cgi-bin/token", query_string=wish))["access_token"] for _ in range(2))
    assert first != second
    assert rig.errcode("user/get", access_token=first) == 0
    rig.clock.now += 301
    assert rig.errcode("user/get", access_token=first) == 42001
    assert rig.errcode("user/get", access_token=second) == 0


def test_forced_refresh_is_limited(rig: Rig) -> None:
    wish = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET, "force_refresh": True}
    assert "access_token" in told(rig.client.post("/cgi-bin/stable_token", json=wish))
    assert told(rig.client.post("/cgi-bin/stable_token", json=wish))["errcode"] == 45011


def test_missing_unknown_and_expired_tokens_differ(rig: Rig) -> None:
    value = rig.token()
    assert rig.errcode("user/get", access_token="") == 41001
    assert rig.errcode("user/get", access_token="nonsense") == 40001
    rig.post("tokens", {"expire": True})
    assert rig.errcode("user/get", access_token=value) == 42001
    rig.post("tokens", {"forget": True})
    assert rig.errcode("user/get", access_token=value) == 40001
    rig.post("tokens", {"lifetime": 2})
    short = rig.token()
    rig.clock.now += 2
    assert rig.errcode("user/get", access_token=short) == 42001


# -- rights

NEEDS = {
    "L1": [("menu/create", {"button": [{"type": "click", "name": "a", "key": "A"}]})],
    "L2": [(SEND, {}), ("tags/get", None), ("user/get", None), ("menu/addconditional", {}), ("media/get", None)],
    "L3": [(TEMPLATE, {}), ("qrcode/create", {}), ("message/subscribe/bizsend", {})],
}


@pytest.mark.parametrize("level", ["L0", "L1", "L2", "L3"])
def test_rights_grow_with_the_level(rig: Rig, level: str) -> None:
    rig.post("level", {"level": level})
    for needed, calls in NEEDS.items():
        for api, body in calls:
            forbidden = rig.errcode(api, {"touser": "x"} | body if body is not None else None) == 48001
            assert forbidden == (level < needed), (level, api)
    assert rig.errcode("ticket/getticket", type="jsapi") == 0


# -- customer service


def test_customer_service_message_reaches_the_chat(rig: Rig) -> None:
    openid = rig.add_person()
    assert rig.call(SEND, custom(openid, "开场提醒")) == {"errcode": 0, "errmsg": "ok"}
    assert rig.chat(openid)[-1]["text"] == "开场提醒"


def test_window_closes_after_a_minute_and_after_two_days(rig: Rig) -> None:
    openid = rig.add_person()
    assert [rig.errcode(SEND, custom(openid)) for _ in range(4)] == [0, 0, 0, 45047]
    rig.clock.now += 60
    assert rig.errcode(SEND, custom(openid)) == 45015
    rig.act(openid, "say", text="在吗")
    assert [rig.errcode(SEND, custom(openid)) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    rig.clock.now += 48 * 3600
    assert rig.errcode(SEND, custom(openid)) == 45015


def test_who_left_is_out_of_the_window(rig: Rig) -> None:
    openid = rig.add_person()
    rig.act(openid, "unfollow")
    assert rig.errcode(SEND, custom(openid)) == 45015


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"touser": "oNobody"}, 40003),
        ({"text": {"content": "长" * 683}}, 45002),
        ({"text": {"content": ""}}, 44004),
        ({"msgtype": "poem"}, 40008),
        ({"msgtype": "image", "image": {"media_id": "gone"}}, 40007),
        ({"msgtype": "news", "news": {"articles": [{}, {}]}}, 45008),
        ({"text": "not an object"}, 47001),
    ],
)
def test_bad_messages_have_their_codes_and_cost_nothing(rig: Rig, body: dict[str, Any], errcode: int) -> None:
    openid = rig.add_person()
    assert [rig.errcode(SEND, custom(openid) | body) for _ in range(4)] == [errcode] * 4
    assert rig.errcode(SEND, custom(openid)) == 0


@pytest.mark.parametrize("raw", [b"{", b"[]", b"\xff"])
def test_broken_json_is_47001(rig: Rig, raw: bytes) -> None:
    answer = rig.client.post(f"/cgi-bin/{SEND}", query_string={"access_token": rig.token()}, data=raw)
    assert told(answer)["errcode"] == 47001


def test_typing_shows_and_ends(rig: Rig) -> None:
    openid = rig.add_person()
    rig.call("message/custom/typing", {"touser": openid, "command": "Typing"})
    assert rig.get(f"people/{openid}/chat")["typing"]
    rig.clock.now += 15
    assert not rig.get(f"people/{openid}/chat")["typing"]


# -- template messages and notices


def test_template_message_is_a_card_with_title_and_fields(rig: Rig) -> None:
    openid = rig.add_person()
    assert rig.errcode(TEMPLATE, card(rig, openid, url="http://x/T/ABCDEFGH")) == 0
    entry = rig.chat(openid)[-1]
    assert (entry["kind"], entry["title"], entry["url"]) == ("template", "活动开始提醒", "http://x/T/ABCDEFGH")
    assert [field["value"] for field in entry["fields"]] == ["讲座", "2026年5月21日 15:00", "总馆"]


def test_same_client_msg_id_sends_once_in_ten_minutes(rig: Rig) -> None:
    openid = rig.add_person()
    wish = card(rig, openid, client_msg_id="n-1")
    first, again = rig.call(TEMPLATE, wish), rig.call(TEMPLATE, wish)
    assert first == again
    rig.clock.now += 601
    assert rig.call(TEMPLATE, wish)["msgid"] != first["msgid"]
    assert [entry["kind"] for entry in rig.chat(openid)].count("template") == 2


def test_template_message_needs_a_follower_and_a_known_template(rig: Rig) -> None:
    openid = rig.add_person()
    assert rig.errcode(TEMPLATE, card(rig, "oNobody")) == 40003
    assert rig.errcode(TEMPLATE, card(rig, openid, template_id="unknown")) == 40037
    rig.act(openid, "unfollow")
    assert rig.errcode(TEMPLATE, card(rig, openid)) == 43004


@pytest.mark.parametrize(
    ("name", "value"),
    [("thing1", "长" * 21), ("thing1", ""), ("thing1", "两\n行"), ("time2", "明天下午"), ("time2", None)],
)
def test_value_that_breaks_its_field_type_is_47003_naming_it(rig: Rig, name: str, value: str | None) -> None:
    wish = card(rig, rig.add_person())
    wish["data"] |= {name: {"value": value}}
    answer = rig.call(TEMPLATE, wish)
    assert answer["errcode"] == 47003
    assert f"data.{name}.value" in answer["errmsg"]


def test_who_refuses_gets_no_card_and_the_report_says_so(rig: Rig) -> None:
    openid = rig.add_person()
    rig.act(openid, "refuses", refuses=True)
    assert rig.errcode(TEMPLATE, card(rig, openid)) == 0
    wait_until(lambda: rig.account.received[-1].text("Status") == "failed:user block")
    assert rig.chat(openid)[-1]["kind"] != "template"


def test_notice_needs_one_consent_each(rig: Rig) -> None:
    openid = rig.add_person()
    wish = card(rig, openid)
    assert rig.errcode("message/subscribe/bizsend", wish) == 43101
    rig.act(openid, "consent", kind="notice", reference=wish["template_id"])
    assert [rig.errcode("message/subscribe/bizsend", wish) for _ in range(2)] == [0, 43101]
    assert rig.chat(openid)[-1]["kind"] == "notice"


def test_one_time_message_needs_consent_to_its_scene(rig: Rig) -> None:
    openid = rig.add_person()
    wish = {"touser": openid, "template_id": ONCE_TEMPLATE, "scene": "7", "title": "提醒", "url": ""}
    wish["data"] = {"content": {"value": "明天见", "color": ""}}
    api = "message/template/subscribe"
    assert rig.errcode(api, wish) == 43101
    rig.act(openid, "consent", kind="once", reference="7")
    assert [rig.errcode(api, wish) for _ in range(2)] == [0, 43101]
    assert rig.errcode(api, wish | {"title": "长" * 16}) == 47003
    assert rig.errcode(api, wish | {"template_id": "another"}) == 40037


def test_chinese_as_escapes_is_refused_since_readers_would_see_the_escapes(rig: Rig) -> None:
    query = {"access_token": rig.token()}
    escaped = json.dumps(custom(rig.add_person())).encode()
    assert b"\\u60a8" in escaped
    assert told(rig.client.post(f"/cgi-bin/{SEND}", query_string=query, data=escaped))["errcode"] == 47001
    control = json.dumps(custom(rig.add_person(), "a\x0bb")).encode()  # has no other form in JSON
    assert told(rig.client.post(f"/cgi-bin/{SEND}", query_string=query, data=control))["errcode"] == 0


def test_a_constant_field_takes_approved_values_only(rig: Rig) -> None:
    template = {"template_id": "C1", "title": "状态", "content": "状态:{{const1.DATA}}", "const": "已确认\n已取消"}
    rig.post("templates", template)
    wish = {"touser": rig.add_person(), "template_id": "C1"}
    values = [rig.errcode(TEMPLATE, wish | {"data": {"const1": {"value": word}}}) for word in ("已取消", "已取消。")]
    assert values == [0, 47003]


def test_minute_quota_refuses_until_the_next_minute(rig: Rig) -> None:
    rig.post("quota", {"api": SEND, "minute_limit": 2})
    openid = rig.add_person()
    rig.act(openid, "say", text="您好")
    assert [rig.errcode(SEND, custom(openid)) for _ in range(3)] == [0, 0, 45011]
    rig.clock.now += 60
    assert rig.errcode(SEND, custom(openid)) == 0
    rig.post("quota", {"api": SEND, "minute_limit": None})
    assert rig.errcode(SEND, custom(openid)) == 0


# -- media and codes


def test_uploaded_picture_comes_back_for_three_days(rig: Rig) -> None:
    media_id = upload(rig, png())["media_id"]
    query = {"access_token": rig.token(), "media_id": media_id}
    assert rig.client.get("/cgi-bin/media/get", query_string=query).data == png()
    openid = rig.add_person()
    picture = {"touser": openid, "msgtype": "image", "image": {"media_id": media_id}}
    assert rig.errcode(SEND, picture) == 0
    assert rig.client.get(f"/sandbox/media/{rig.chat(openid)[-1]['media_id']}").data == png()
    rig.clock.now += 3 * 86400
    assert rig.errcode(SEND, picture) == 40007


def test_bad_uploads_have_their_codes(rig: Rig) -> None:
    assert upload(rig, png(), kind="poem")["errcode"] == 40004
    assert upload(rig, b"")["errcode"] == 41005
    assert upload(rig, b"<svg onload=x>")["errcode"] == 40005
    assert upload(rig, b"\xff\xd8\xff" + b"x" * 70_000, kind="thumb")["errcode"] == 40006


def test_scene_code_leads_to_its_scene(rig: Rig) -> None:
    scene = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "o12"}}, "expire_seconds": 600}
    made = rig.call("qrcode/create", scene)
    assert made["expire_seconds"] == 600
    shown = rig.client.get("/cgi-bin/showqrcode", query_string={"ticket": made["ticket"]})
    decoded = zxingcpp.read_barcodes(Image.open(io.BytesIO(shown.data)))
    assert [code.text for code in decoded] == [made["url"]]
    openid = rig.add_person(follow=False)
    rig.act(openid, "scene", scene=made["url"])
    assert rig.account.received[-1].text("EventKey") == "qrscene_o12"
    assert rig.account.received[-1].text("Ticket") == made["ticket"]
    rig.clock.now += 601
    assert rig.act(openid, "scene", status=400, scene=made["url"])["error"] == "unknown_code"


@pytest.mark.parametrize(
    "change",
    [
        {"action_name": "QR_NONE"},
        {"action_info": {"scene": {"scene_str": "x" * 65}}},
        {"action_info": None},
        {"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": 100_001}}},
    ],
)
def test_bad_scene_is_refused(rig: Rig, change: dict[str, Any]) -> None:
    body = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "o12"}}}
    assert rig.errcode("qrcode/create", body | change) == 40053


# -- menus and tags


def menu(*names: str) -> dict[str, Any]:
    return {"button": [{"type": "click", "name": name, "key": name} for name in names]}


def names_shown(rig: Rig, openid: str) -> list[str]:
    return [button["name"] for button in rig.get(f"people/{openid}/chat")["menu"]["buttons"]]


def test_bearer_of_a_tag_sees_the_newest_menu_for_it(rig: Rig) -> None:
    staff, reader = rig.add_person("李四"), rig.add_person("张三")
    assert names_shown(rig, reader) == ["活动", "我的", "服务"]
    tag = rig.call("tags/create", {"tag": {"name": "工作人员"}})["tag"]["id"]
    personal = menu("扫") | {"matchrule": {"tag_id": str(tag)}}
    assert rig.errcode("menu/addconditional", personal) == 65303
    assert rig.errcode("menu/create", menu("甲", "乙")) == 0
    assert rig.errcode("menu/addconditional", personal) == 0
    newest = rig.call("menu/addconditional", menu("新") | {"matchrule": {"tag_id": tag}})["menuid"]
    assert rig.errcode("tags/members/batchtagging", {"tagid": tag, "openid_list": [staff]}) == 0
    assert (names_shown(rig, staff), names_shown(rig, reader)) == (["新"], ["甲", "乙"])
    assert rig.call("menu/trymatch", {"user_id": staff})["button"][0]["name"] == "新"
    assert rig.errcode("menu/delconditional", {"menuid": newest}) == 0
    assert names_shown(rig, staff) == ["扫"]
    assert len(rig.call("menu/get")["conditionalmenu"]) == 1
    assert rig.call("get_current_selfmenu_info")["is_menu_open"] == 1
    assert rig.errcode("menu/delete") == 0
    assert rig.errcode("menu/get") == 46003
    assert names_shown(rig, staff) == ["活动", "我的", "服务"]


@pytest.mark.parametrize(
    ("buttons", "errcode"),
    [
        ([], 40016),
        (menu("1", "2", "3", "4")["button"], 40016),
        (menu("长" * 6)["button"], 40018),
        ([{"type": "poem", "name": "a"}], 40017),
        ([{"type": "click", "name": "a", "key": "x" * 129}], 40019),
        ([{"type": "view", "name": "a", "url": ""}], 40020),
        ([{"name": "a", "sub_button": menu(*"123456")["button"]}], 40023),
    ],
)
def test_bad_menu_is_refused(rig: Rig, buttons: list[dict[str, Any]], errcode: int) -> None:
    assert rig.errcode("menu/create", {"button": buttons}) == errcode


@pytest.mark.parametrize(("rule", "errcode"), [({}, 65304), ({"sex": "1"}, 65320), ({"tag_id": "999"}, 45159)])
def test_rules_other_than_a_tag_are_refused(rig: Rig, rule: dict[str, str], errcode: int) -> None:
    rig.call("menu/create", menu("甲"))
    assert rig.errcode("menu/addconditional", menu("乙") | {"matchrule": rule}) == errcode


def test_tags_come_and_go(rig: Rig) -> None:
    openid = rig.add_person()
    tag = rig.call("tags/create", {"tag": {"name": "馆员"}})["tag"]["id"]
    assert tag >= 100
    assert rig.errcode("tags/create", {"tag": {"name": "馆员"}}) == 45157
    assert rig.errcode("tags/create", {"tag": {"name": "长" * 11}}) == 45158
    assert rig.errcode("tags/delete", {"tag": {"id": 2}}) == 45058
    assert rig.errcode("tags/members/batchtagging", {"tagid": tag, "openid_list": ["oNobody"]}) == 40003
    assert rig.errcode("tags/members/batchtagging", {"tagid": tag, "openid_list": []}) == 40032
    rig.call("tags/members/batchtagging", {"tagid": tag, "openid_list": [openid]})
    assert rig.call("tags/getidlist", {"openid": openid})["tagid_list"] == [tag]
    assert rig.call("tags/get")["tags"] == [{"id": tag, "name": "馆员", "count": 1}]
    assert rig.call("user/tag/get", {"tagid": tag})["data"]["openid"] == [openid]
    rig.call("tags/members/batchuntagging", {"tagid": tag, "openid_list": [openid]})
    assert rig.call("tags/getidlist", {"openid": openid})["tagid_list"] == []
    assert rig.errcode("tags/delete", {"tag": {"id": tag}}) == 0


def test_profile_tells_scene_and_tags_but_no_name(rig: Rig) -> None:
    openid = rig.add_person("独一无二", scene="o12")
    profile = rig.call("user/info", openid=openid)
    assert (profile["subscribe"], profile["qr_scene_str"], profile["nickname"]) == (1, "o12", "")
    assert "独一无二" not in str(profile)
    assert rig.call("user/get")["data"]["openid"] == [openid]
    rig.act(openid, "unfollow")
    assert rig.call("user/info", openid=openid) == {"subscribe": 0, "openid": openid, "tagid_list": []}
    assert rig.errcode("user/info", openid="oNobody") == 40003


# -- quotas, diagnostics, record


def test_daily_quota_ends_and_is_cleared(rig: Rig) -> None:
    rig.post("quota", {"api": "user/get", "daily_limit": 2})
    assert [rig.errcode("user/get") for _ in range(3)] == [0, 0, 45009]
    assert rig.call("openapi/quota/get", {"cgi_path": "/cgi-bin/user/get"})["quota"]["remain"] == 0
    assert rig.errcode("clear_quota", {"appid": APPID}) == 0
    assert rig.errcode("user/get") == 0
    assert [rig.errcode("clear_quota", {"appid": APPID}) for _ in range(10)][-1] == 48006


def test_quota_starts_anew_at_midnight_in_china(rig: Rig) -> None:
    rig.clock.now = 1_790_006_399.0  # 23:59:59 in Shanghai
    rig.post("quota", {"api": "user/get", "daily_limit": 1})
    assert [rig.errcode("user/get") for _ in range(2)] == [0, 45009]
    rig.clock.now += 1
    assert rig.errcode("user/get") == 0


def test_diagnostics_answer(rig: Rig) -> None:
    assert rig.call("callback/check", {"action": "all", "check_operator": "DEFAULT"})["ping"][0]["package_loss"] == "0%"
    assert rig.call("getcallbackip")["ip_list"] == ["127.0.0.1"]
    assert len(rig.call("template/get_all_private_template")["template_list"]) >= 3


def test_calls_are_recorded_without_secrets(rig: Rig) -> None:
    openid = rig.add_person()
    value = rig.token()
    rig.call(SEND, custom(openid))
    recorded = rig.get("calls")["calls"]
    assert [call["api"] for call in recorded][-1] == SEND
    assert recorded[-1]["body"]["touser"] == openid
    assert recorded[-1]["answer"]["errcode"] == 0
    assert SECRET not in str(recorded)
    assert value not in str(recorded)
    assert {call["api"] for call in rig.get("calls?api=stable_token")["calls"]} == {"stable_token"}
    assert rig.get(f"calls?after={recorded[-1]['id']}")["calls"] == []
