"""The classes of people in words: their names in tables, and the words of an event's audience that mean them."""

from __future__ import annotations

from bot.domain.audience import Audience

AUDIENCE_MARKS: dict[Audience, tuple[str, ...]] = {
    Audience.DISABLED: ("残疾", "残障", "视障", "听障", "盲人", "聋", "康复", "特殊"),
    Audience.ELDERLY: ("老年", "老人", "银发", "长者", "离退休", "退休"),
    Audience.MINORS: (
        *("少儿", "儿童", "少年", "幼儿", "小读者", "小学生", "中学生", "学生", "学龄", "孩子", "小朋友", "宝宝"),
        *("未成年", "青少年", "亲子", "师生", "娃"),
    ),
}
"""Looked for in this order: 残疾儿童 are counted among the disabled, as the national form asks for them first."""

_NAMES = {
    Audience.MINORS: "未成年人",
    Audience.ELDERLY: "老年人",
    Audience.DISABLED: "残障人士",
    Audience.GENERAL: "一般读者",
}


def audience_name(audience: Audience) -> str:
    """A class as tables name it."""
    return _NAMES[audience]
