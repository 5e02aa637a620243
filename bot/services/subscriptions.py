"""What readers choose about subscription notices, as the platform tells it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.store.history import lock_reader
from bot.store.readers import find_person
from bot.store.subscriptions import grant, withdraw

NOTICE = "notice"
"""The channel of subscription notices."""


def note_choices(
    tx: Connection, openid: str, choices: Sequence[tuple[str, bool]], chosen_at: datetime, now: datetime
) -> bool:
    """Write down for each template whether one more notice may go out or none; False for somebody we do not know.

    Nobody becomes a reader by it: the page with the button may be open to everybody. Looked up again under the lock,
    because a reader may be forgotten at the same moment.
    """
    person = find_person(tx, openid, now)
    if person is None:
        return False
    lock_reader(tx, person.id)
    if find_person(tx, openid, now) is None:
        return False
    for template_id, agrees in choices:
        if agrees:
            grant(tx, person.id, NOTICE, template_id, 0, chosen_at)
        else:
            withdraw(tx, person.id, NOTICE, template_id, chosen_at)
    return True
