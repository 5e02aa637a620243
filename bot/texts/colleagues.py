"""What organisers are told about their staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.colleagues import (
    Colleague,
    Device,
    DeviceStopped,
    IsAbove,
    NotOrganising,
    NotYours,
    PersonStopped,
    StopOutcome,
)
from bot.domain.kinds import Role, includes
from bot.texts.sessions import until_words
from bot.texts.staff import ROLE_WORDS

MOST_IN_CHAT = 20


@dataclass(frozen=True, slots=True)
class DeviceCard:
    """One browser on the page."""

    session_id: int
    words: str
    note: str


@dataclass(frozen=True, slots=True)
class PersonCard:
    """One of the staff on the page. `may_stop`: whether the visitor may end this role."""

    staff_id: int
    label: str
    role: str
    scope: str
    devices: tuple[DeviceCard, ...]
    may_stop: bool
    is_self: bool


def card_of(colleague: Colleague, viewer_id: int, viewer_role: Role, own_session: int, now: datetime) -> PersonCard:
    """A colleague as the page shows them to the viewer, who may not end what is above."""
    is_above = includes(colleague.role, viewer_role)
    devices = [] if is_above else [_device_card(each, own_session, now) for each in colleague.devices]
    is_self = colleague.id == viewer_id
    may_stop = not is_above and not is_self
    scope, role = scope_words(colleague, now), ROLE_WORDS[colleague.role]
    return PersonCard(colleague.id, colleague.label, role, scope, tuple(devices), may_stop, is_self)


def _device_card(device: Device, own_session: int, now: datetime) -> DeviceCard:
    if device.session_id == own_session:
        return DeviceCard(device.session_id, device.words, "就是这台")
    seen = f"最近 {until_words(device.seen_at, now)}"
    note = f"{seen}，已到期，只能补传记录" if device.expires_at <= now else seen
    return DeviceCard(device.session_id, device.words, note)


def scope_words(colleague: Colleague, now: datetime) -> str:
    """What somebody serves, and until when."""
    if colleague.serves:
        where = (
            "负责 "
            + "、".join(map(str, colleague.serves[:8]))
            + ("等" if len(colleague.serves) > 8 else "")
            + " 号场次"
        )
    else:
        where = f"负责{colleague.library or '全部'}场次"
    until = f"，到 {until_words(colleague.ends_at, now)} 为止" if colleague.ends_at else ""
    return where + until


def stopped(outcome: StopOutcome) -> str:
    """What came of a button."""
    match outcome:
        case PersonStopped(label, devices):
            return f"已停用 {label}，{devices} 台设备上的登录已结束。恢复请重新邀请。"
        case DeviceStopped(label):
            return f"已停用 {label} 的一台设备。本人可以用其他设备继续工作。"
        case IsAbove():
            return "不能停用自己，也不能停用身份比您高的人。请联系业务主管。"
        case NotOrganising():
            return "没有权限：停用人员和设备由活动组织者办理。"
        case NotYours():
            return "没有找到，可能已经停用，或不是本馆的工作人员。请刷新后再看。"


def chat_list(colleagues: Sequence[Colleague], url: str, now: datetime) -> str:
    """工作人员 in the chat."""
    lines = [f"工作人员 {len(colleagues)} 人："]
    for each in colleagues[:MOST_IN_CHAT]:
        seen = max((device.seen_at for device in each.devices), default=None)
        device = f"，{len(each.devices)} 台设备，最近 {until_words(seen, now)}" if seen else ""
        lines.append(f"{each.label} {ROLE_WORDS[each.role]}，{scope_words(each, now)}{device}")
    if len(colleagues) > MOST_IN_CHAT:
        lines.append("……")
    example = next((each.id for each in reversed(colleagues)), 3)
    lines.append(f"停用某人请发送「停用 {example}」（编号的末尾数字）；逐台设备管理：{url}")
    return "\n".join(lines)


def chat_stopped(outcome: StopOutcome) -> str:
    """停用 3 in the chat."""
    return f"{stopped(outcome)}\n发送「工作人员」查看名单。"


def how_to_stop() -> str:
    """停用 without a number."""
    return "请发送「停用」加编号末尾的数字，如「停用 3」停用 venue-3。发送「工作人员」查看名单。"


def not_organising() -> str:
    """Venue staff asked for the list."""
    return "没有权限：工作人员名单由活动组织者查看。找人帮忙请发送「人工」。"
