"""After a manager's change to frozen figures: the next version of the report, in the same transaction."""

from __future__ import annotations

from bot.conversation.talk import Talk
from bot.services.reports import VersionLeft, leave_version
from bot.texts.closing import version_left


def with_version(talk: Talk, campaign_id: int, said: str, reason: str) -> str:
    """The answer to a change, with the number of the version that it left where the figures are frozen.

    To be called by whoever changed figures, after `ensure_open`; before the freeze it does nothing.
    """
    staff_id = talk.staff.id if talk.staff else None
    left = leave_version(talk.tx, campaign_id, staff_id, reason, talk.desk.keys, talk.now)
    return f"{said}\n{version_left(left.number, len(left.differences))}" if isinstance(left, VersionLeft) else said
