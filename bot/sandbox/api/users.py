"""Followers and their tags."""

import sqlite3
from typing import Any

from flask import Blueprint, request

from bot.sandbox import people
from bot.sandbox.api.errors import ApiError
from bot.sandbox.api.platform import OK, endpoint, json_body, text_field
from bot.sandbox.box import Sandbox
from bot.sandbox.settings import Level

blueprint = Blueprint("sandbox_users", __name__)

MOST_TAGS = 100
TAG_NAME_BYTES = 30
TAGS_A_PERSON = 20
PEOPLE_A_CALL = 50
SYSTEM_TAGS = (0, 1, 2)
PAGE = 10_000


@endpoint(blueprint, "user/info", methods=("GET",), needs=Level.L2)
def user_info(box: Sandbox) -> dict[str, Any]:
    """What is left of a follower's profile: no nickname, no picture."""
    person = people.find_person(box.db, request.args.get("openid", ""))
    if person is None:
        raise ApiError(40003)
    tags = [row["id"] for row in people.list_tags_of(box.db, person["openid"])]
    if not person["followed"]:
        return {"subscribe": 0, "openid": person["openid"], "tagid_list": tags}
    scene = person["follow_scene"]
    return {
        "subscribe": 1,
        "openid": person["openid"],
        "nickname": "",
        "sex": 0,
        "language": "",
        "city": "",
        "province": "",
        "country": "",
        "headimgurl": "",
        "subscribe_time": person["followed_at"],
        "remark": person["remark"],
        "groupid": tags[0] if tags else 0,
        "tagid_list": tags,
        "subscribe_scene": "ADD_SCENE_QR_CODE" if scene else "ADD_SCENE_SEARCH",
        "qr_scene": int(scene) if scene.isdecimal() else 0,
        "qr_scene_str": "" if scene.isdecimal() else scene,
    }


@endpoint(blueprint, "user/get", methods=("GET",), needs=Level.L2)
def user_get(box: Sandbox) -> dict[str, Any]:
    """Openids of all followers, ten thousand a page."""
    followers = [row["openid"] for row in box.db.rows("SELECT openid FROM people WHERE followed = 1 ORDER BY rowid")]
    return {"total": len(followers)} | _page(followers, request.args.get("next_openid", ""))


@endpoint(blueprint, "user/tag/get", needs=Level.L2)
def user_tag_get(box: Sandbox) -> dict[str, Any]:
    """Openids of the bearers of a tag."""
    body = json_body()
    tag = _get_tag(box, body.get("tagid"))
    rows = box.db.rows("SELECT openid FROM person_tags WHERE tag_id = ? ORDER BY applied", tag["id"])
    return _page([row["openid"] for row in rows], str(body.get("next_openid", "")))


@endpoint(blueprint, "tags/create", needs=Level.L2)
def tags_create(box: Sandbox) -> dict[str, Any]:
    """Make a tag."""
    name = _read_name(json_body())
    with box.db.together():
        if box.db.number("SELECT count(*) FROM tags") >= MOST_TAGS:
            raise ApiError(45056)
        if box.db.row("SELECT id FROM tags WHERE name = ?", name) is not None:
            raise ApiError(45157)
        return {"tag": {"id": box.db.insert("INSERT INTO tags (name) VALUES (?)", name), "name": name}}


@endpoint(blueprint, "tags/get", methods=("GET", "POST"), needs=Level.L2)
def tags_get(box: Sandbox) -> dict[str, Any]:
    """All tags with the number of their bearers."""
    rows = box.db.rows(
        "SELECT tags.id, tags.name, count(person_tags.openid) AS bearers FROM tags "
        "LEFT JOIN person_tags ON person_tags.tag_id = tags.id GROUP BY tags.id ORDER BY tags.id"
    )
    return {"tags": [{"id": row["id"], "name": row["name"], "count": row["bearers"]} for row in rows]}


@endpoint(blueprint, "tags/update", needs=Level.L2)
def tags_update(box: Sandbox) -> dict[str, Any]:
    """Rename a tag."""
    body = json_body()
    tag, name = _get_tag(box, _tag_part(body).get("id")), _read_name(body)
    if box.db.row("SELECT id FROM tags WHERE name = ? AND id <> ?", name, tag["id"]) is not None:
        raise ApiError(45157)
    box.db.run("UPDATE tags SET name = ? WHERE id = ?", name, tag["id"])
    return OK


@endpoint(blueprint, "tags/delete", needs=Level.L2)
def tags_delete(box: Sandbox) -> dict[str, Any]:
    """Delete a tag and take it off everyone."""
    tag = _get_tag(box, _tag_part(json_body()).get("id"))
    with box.db.together():
        box.db.run("DELETE FROM person_tags WHERE tag_id = ?", tag["id"])
        box.db.run("DELETE FROM tags WHERE id = ?", tag["id"])
    return OK


@endpoint(blueprint, "tags/members/batchtagging", needs=Level.L2)
def batchtagging(box: Sandbox) -> dict[str, Any]:
    """Put a tag on up to fifty followers."""
    body = json_body()
    tag, openids = _get_tag(box, body.get("tagid")), _read_openids(box, body)
    with box.db.together():
        for openid in openids:
            borne = [row["id"] for row in people.list_tags_of(box.db, openid)]
            if tag["id"] not in borne and len(borne) >= TAGS_A_PERSON:
                raise ApiError(45059)
            box.db.run("INSERT OR IGNORE INTO person_tags (openid, tag_id) VALUES (?, ?)", openid, tag["id"])
    return OK


@endpoint(blueprint, "tags/members/batchuntagging", needs=Level.L2)
def batchuntagging(box: Sandbox) -> dict[str, Any]:
    """Take a tag off up to fifty followers."""
    body = json_body()
    tag, openids = _get_tag(box, body.get("tagid")), _read_openids(box, body)
    with box.db.together():
        for openid in openids:
            box.db.run("DELETE FROM person_tags WHERE openid = ? AND tag_id = ?", openid, tag["id"])
    return OK


@endpoint(blueprint, "tags/getidlist", needs=Level.L2)
def getidlist(box: Sandbox) -> dict[str, Any]:
    """Tags of one follower."""
    openid = text_field(json_body(), "openid", 40003)
    if people.find_person(box.db, openid) is None:
        raise ApiError(40003)
    return {"tagid_list": [row["id"] for row in people.list_tags_of(box.db, openid)]}


def _page(openids: list[str], after: str) -> dict[str, Any]:
    if after:
        if after not in openids:
            raise ApiError(40003)
        openids = openids[openids.index(after) + 1 :]
    page = openids[:PAGE]
    answer: dict[str, Any] = {"count": len(page), "next_openid": page[-1] if page else ""}
    return answer | ({"data": {"openid": page}} if page else {})


def _tag_part(body: dict[str, Any]) -> dict[str, Any]:
    part = body.get("tag")
    if not isinstance(part, dict):
        raise ApiError(47001)
    return part


def _read_name(body: dict[str, Any]) -> str:
    name = _tag_part(body).get("name")
    if not isinstance(name, str) or not name.strip():
        raise ApiError(45157)
    if len(name.encode()) > TAG_NAME_BYTES:
        raise ApiError(45158)
    return name


def _get_tag(box: Sandbox, tag_id: Any) -> sqlite3.Row:
    number = int(tag_id) if isinstance(tag_id, int) or str(tag_id).isdecimal() else -1
    if number in SYSTEM_TAGS:
        raise ApiError(45058)
    found = box.db.row("SELECT * FROM tags WHERE id = ?", number)
    if found is None:
        raise ApiError(45159)
    return found


def _read_openids(box: Sandbox, body: dict[str, Any]) -> list[str]:
    openids = body.get("openid_list")
    if not isinstance(openids, list) or not 1 <= len(openids) <= PEOPLE_A_CALL:
        raise ApiError(40032)
    for openid in openids:
        person = people.find_person(box.db, str(openid))
        if person is None:
            raise ApiError(40003)
        if not person["followed"]:
            raise ApiError(49003)
    return [str(openid) for openid in openids]
