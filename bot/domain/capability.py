"""What an account may do, and the four levels that follow from it (design section 6; wechat-platform.md section 4).

Features ask for a capability and never for a kind of account: rights are withdrawn over time, and single ones come and
go.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum


class Capability(StrEnum):
    """One right of the account."""

    API = "api"  # an access token at all
    MENU = "menu"
    JS_SCAN = "js_scan"  # signing pages that use the phone's own scanner
    CUSTOMER_SERVICE = "customer_service"  # messages within 48 hours of the reader's
    TAGS = "tags"
    MEDIA = "media"  # uploading pictures
    STAFF_MENU = "staff_menu"  # personalised menus by tag
    ONCE_MESSAGE = "once_message"  # one-time subscription messages
    SCENE_QR = "scene_qr"
    TEMPLATE = "template"
    NOTICE = "notice"  # subscription notices
    OAUTH = "oauth"  # pages that know who opens them


class CapabilityState(StrEnum):
    """What the platform last said."""

    GRANTED = "granted"
    REFUSED = "refused"
    UNKNOWN = "unknown"  # it could not be asked


class Level(IntEnum):
    """Kinds of account, poorest first."""

    L0 = 0  # passive replies only
    L1 = 1  # an unverified service account: adds the menu
    L2 = 2  # a verified 公众号: adds messages, tags, pictures, the menu of staff
    L3 = 3  # a verified service account: adds scene QRs, templates, notices, pages that know their reader


LEVEL_OF: dict[Capability, Level] = {
    Capability.API: Level.L0,
    Capability.MENU: Level.L1,
    Capability.JS_SCAN: Level.L2,
    Capability.CUSTOMER_SERVICE: Level.L2,
    Capability.TAGS: Level.L2,
    Capability.MEDIA: Level.L2,
    Capability.STAFF_MENU: Level.L2,
    Capability.ONCE_MESSAGE: Level.L2,
    Capability.SCENE_QR: Level.L3,
    Capability.TEMPLATE: Level.L3,
    Capability.NOTICE: Level.L3,
    Capability.OAUTH: Level.L3,
}
"""From which level on the platform gives each."""

_TELLING = (
    (Level.L3, {Capability.SCENE_QR, Capability.TEMPLATE}),
    (Level.L2, {Capability.CUSTOMER_SERVICE, Capability.TAGS, Capability.MEDIA}),
    (Level.L1, {Capability.MENU}),
)


@dataclass(frozen=True, slots=True)
class Right:
    """A capability as it was last found. `evidence` names the call and the code of its answer."""

    capability: Capability
    state: CapabilityState
    evidence: str
    checked_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """What one question to the platform brought. `code`: of its refusal, where there was one."""

    capability: Capability
    state: CapabilityState
    evidence: str
    code: int | None = None


def level_of(granted: Collection[Capability]) -> Level:
    """The highest level of which at least one telling right is there: single ones may be missing."""
    return next((level for level, telling in _TELLING if telling & set(granted)), Level.L0)
