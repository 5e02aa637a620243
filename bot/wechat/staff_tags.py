"""The tag that shows the menu of staff, kept in step with the roles: in groups of fifty, again until it is right.

All of it may be done twice: putting on and taking off have the same end however often, so two workers at once do no
harm. A row stands before the tag is put on and until it is taken off, so the next round finds what a crash cuts off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from bot.domain.clock import Clock
from bot.store.database import Database
from bot.store.menus import (
    PENDING,
    REFUSED,
    Bearer,
    MenuName,
    confirm_tags,
    doubt_all_tags,
    doubt_tags_of,
    find_published,
    forget_tags,
    list_overtagged,
    list_tagged_openids,
    list_untagged,
    note_gone,
    note_tags,
)
from bot.wechat.errors import WeChatError
from bot.wechat.gateway import Gateway
from bot.wechat.menu_publisher import TAG_UNKNOWN

A_CALL = 50
MOST_GROUPS = 10
ABOUT_ONE = frozenset({40003, 49003, 45059})
"""Codes about one of the people named: not of this account, no follower, twenty tags already."""

log = structlog.get_logger(__name__)


def keep_tags(db: Database, gateway: Gateway, clock: Clock) -> tuple[int, int]:
    """Give the tag to who should bear it and take it off who should not; how many each. Raises what the gateway raises.

    Does nothing before the menu of staff is published: its row tells which tag.
    """
    with db.reading() as tx:
        row = find_published(tx).get(MenuName.STAFF)
    if row is None or row.tag_id is None:
        return 0, 0
    keeper = _Keeper(db, gateway, clock, row.tag_id)
    try:
        return keeper.put_on(), keeper.take_off()
    except WeChatError as error:
        if error.code != TAG_UNKNOWN:
            raise
        with db.writing() as tx:  # deleted elsewhere: the publisher makes it anew
            note_gone(tx, [MenuName.STAFF])
            doubt_all_tags(tx, clock())
        return 0, 0


def check_tags(db: Database, gateway: Gateway, clock: Clock) -> None:
    """Compare with who bears the tag on the platform: who does not is given it again, a stranger loses it."""
    with db.reading() as tx:
        row = find_published(tx).get(MenuName.STAFF)
        known = list_tagged_openids(tx, row.tag_id) if row and row.tag_id is not None else set()
    if row is None or row.tag_id is None:
        return
    told = gateway.call("user/tag/get", {"tagid": row.tag_id, "next_openid": ""})
    bearing = set(told.get("data", {}).get("openid", []))
    if known - bearing:
        with db.writing() as tx:
            doubt_tags_of(tx, sorted(known - bearing), clock())
    with db.reading() as tx:  # again: roles may have begun meanwhile
        strangers = sorted(bearing - list_tagged_openids(tx, row.tag_id))
    for start in range(0, len(strangers), A_CALL):
        group = strangers[start : start + A_CALL]
        gateway.call("tags/members/batchuntagging", {"openid_list": group, "tagid": row.tag_id})


class _Keeper:
    def __init__(self, db: Database, gateway: Gateway, clock: Clock, tag_id: int) -> None:
        self._db, self._gateway, self._clock, self._tag_id = db, gateway, clock, tag_id

    def put_on(self) -> int:
        """Give the tag to all who should bear it."""
        done = 0
        for _ in range(MOST_GROUPS):
            with self._db.reading() as tx:
                group = list_untagged(tx, self._tag_id, self._clock(), A_CALL)
            if not group:
                break
            with self._db.writing() as tx:
                note_tags(tx, group, PENDING, self._clock())
            taken, refused = self._call("tags/members/batchtagging", group)
            with self._db.writing() as tx:
                confirm_tags(tx, taken, self._tag_id, self._clock())
                confirm_tags(tx, refused, REFUSED, self._clock())
            done += len(taken)
        return done

    def take_off(self) -> int:
        """Take the tag off all whose role has ended."""
        done = 0
        for _ in range(MOST_GROUPS):
            with self._db.reading() as tx:
                group = list_overtagged(tx, self._clock(), A_CALL)
            if not group:
                break
            taken, refused = self._call("tags/members/batchuntagging", group)
            with self._db.writing() as tx:
                forget_tags(tx, [*taken, *refused])  # who does not follow bears no tag
            done += len(taken)
        return done

    def _call(self, api: str, group: Sequence[Bearer]) -> tuple[list[Bearer], list[Bearer]]:
        """Who was taken and who not; one by one where the platform does not take the group."""

        def ask(some: Sequence[Bearer]) -> bool:
            wish = {"openid_list": [each.openid for each in some], "tagid": self._tag_id}
            try:
                self._gateway.call(api, wish)
            except WeChatError as error:
                if error.code not in ABOUT_ONE:
                    raise
                return False
            return True

        if ask(group):
            return list(group), []
        if len(group) == 1:
            return [], list(group)
        return _sorted_by(ask, group)


def _sorted_by(ask: Callable[[Sequence[Bearer]], bool], group: Sequence[Bearer]) -> tuple[list[Bearer], list[Bearer]]:
    taken: list[Bearer] = []
    refused: list[Bearer] = []
    for each in group:
        (taken if ask([each]) else refused).append(each)
    log.warning("tag_refused", people=len(refused))
    return taken, refused
