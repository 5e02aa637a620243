"""What a scanner can be held over."""

import io

import qrcode

from tests.sandbox.conftest import Rig

TICKET = "http://127.0.0.1:8000/T/AEBAGBAFAYDQQCIK"


def test_ticket_links_of_every_chat_are_listed_once(rig: Rig) -> None:
    rig.account.says(f"入场码：{TICKET}，短码 K7P2QX。再看 http://127.0.0.1:8000/programme")
    openid = rig.add_person("李四")
    rig.act(openid, "say", text="入场码 12")
    assert [(ticket["url"], ticket["nickname"]) for ticket in rig.get("tickets")["tickets"]] == [(TICKET, "李四")]


def test_code_in_an_uploaded_picture_is_read(rig: Rig) -> None:
    picture = io.BytesIO()
    qrcode.make(TICKET.upper()).save(picture)
    answer = rig.client.post("/sandbox/decode", data=picture.getvalue(), content_type="application/octet-stream")
    assert answer.get_json() == {"results": [TICKET.upper()]}


def test_no_picture_is_said_so(rig: Rig) -> None:
    answer = rig.client.post("/sandbox/decode", data=b"nothing", content_type="application/octet-stream")
    assert (answer.status_code, answer.get_json()["error"]) == (400, "not_a_picture")


def test_page_is_found_under_its_name_too(rig: Rig) -> None:
    assert rig.client.get("/sandbox").data == rig.client.get("/sandbox/").data == rig.client.get("/").data
