"""Which right each API of the platform needs, by its path under `/cgi-bin/` (wechat-platform.md section 4)."""

from __future__ import annotations

from bot.domain.capability import Capability

CAPABILITY_OF: dict[str, Capability] = {
    "menu/create": Capability.MENU,
    "menu/get": Capability.MENU,
    "menu/delete": Capability.MENU,
    "menu/addconditional": Capability.STAFF_MENU,
    "menu/delconditional": Capability.STAFF_MENU,
    "menu/trymatch": Capability.STAFF_MENU,
    "message/custom/send": Capability.CUSTOMER_SERVICE,
    "message/custom/typing": Capability.CUSTOMER_SERVICE,
    "tags/create": Capability.TAGS,
    "tags/get": Capability.TAGS,
    "tags/update": Capability.TAGS,
    "tags/delete": Capability.TAGS,
    "tags/getidlist": Capability.TAGS,
    "tags/members/batchtagging": Capability.TAGS,
    "tags/members/batchuntagging": Capability.TAGS,
    "user/tag/get": Capability.TAGS,
    "media/upload": Capability.MEDIA,
    "media/get": Capability.MEDIA,
    "message/template/subscribe": Capability.ONCE_MESSAGE,
    "qrcode/create": Capability.SCENE_QR,
    "message/template/send": Capability.TEMPLATE,
    "template/get_all_private_template": Capability.TEMPLATE,
    "message/subscribe/bizsend": Capability.NOTICE,
    "ticket/getticket": Capability.JS_SCAN,
    "sns/oauth2/access_token": Capability.OAUTH,
}
"""APIs without an entry belong to no right that a feature asks for."""
