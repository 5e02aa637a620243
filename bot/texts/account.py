"""What the account may do, in words: for the page of managers and keepers, and for `flask doctor`.

What verification costs is said as the platform's own words have it (300 yuan for each review, good for a year, none for
government accounts); for a public institution such as a library they say nothing, so neither do we.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.capability import Capability, CapabilityState, Level, Right

LEVELS = {
    Level.L0: "只能被动回复：读者发文字，系统回文字。报名、取消、签到、统计都能用。",
    Level.L1: "相当于未认证的服务号：多了自定义菜单，其余靠文字。",
    Level.L2: "相当于已认证的公众号：多了客服消息、图片、工作人员菜单和一次性订阅消息。",
    Level.L3: "相当于已认证的服务号：多了专属二维码、模板消息、订阅通知和网页授权。",
}

STATES = {
    CapabilityState.GRANTED: "有",
    CapabilityState.REFUSED: "没有",
    CapabilityState.UNKNOWN: "不知道",
}

VERIFY = (
    "微信认证：审核费每次 300 元，有效一年，每年重新审核；政府主体免费，图书馆这样的事业单位是否收费，"
    "以公众平台“微信认证”页面为准。"
)
_VERIFIED = "需要已认证的公众号或服务号。"
_SERVICE = "需要已认证的服务号。"
TO_RISE = {
    Level.L0: "未认证的服务号有菜单，不收费；公众号（原订阅号）要认证。账号类型能不能改，看公众平台页面。",
    Level.L1: "需要微信认证。",
    Level.L2: "需要已认证的服务号；现有的公众号能不能改成服务号，看公众平台页面。",
    Level.L3: "",
}
"""What the next level takes; what verification costs is said beside it (`VERIFY`)."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A right in words: its name, what we use it for, how it goes without it, and what it costs to get it."""

    name: str
    used_for: str
    without: str
    cost: str


MEANINGS = {
    Capability.API: Meaning(
        "接口凭证",
        "主动调用微信接口的前提",
        "只在读者发来消息时回复；通知等读者下次发消息时显示",
        "不收费：在公众平台取得 AppSecret，把本机的公网地址加入 IP 白名单，填好 WECHAT_APPID 和 WECHAT_SECRET。",
    ),
    Capability.MENU: Meaning(
        "自定义菜单",
        "聊天窗口下方的按钮：活动、我的、帮助",
        "读者发送“活动”“我的”“帮助”，或回复编号",
        "服务号不用认证就有，不收费；公众号需要认证。",
    ),
    Capability.JS_SCAN: Meaning(
        "网页扫一扫",
        "工作人员在签到页面直接打开微信的扫一扫",
        "用签到页面自己的摄像头扫码，或输入六位短码",
        f"{_VERIFIED}网页域名要填进“JS 接口安全域名”。",
    ),
    Capability.CUSTOMER_SERVICE: Meaning(
        "客服消息",
        "读者发过消息的 48 小时内，把通知直接发到聊天里",
        "通知等读者下次发消息时显示",
        _VERIFIED,
    ),
    Capability.TAGS: Meaning(
        "用户标签",
        "给工作人员打标签，让他们看到自己的菜单",
        "工作人员发送文字命令，例如“核销 K7P2QX”“现场 8”“今日”",
        _VERIFIED,
    ),
    Capability.MEDIA: Meaning(
        "上传图片",
        "把入场码图片直接发到聊天里",
        "发入场码的链接，打开就是二维码",
        _VERIFIED,
    ),
    Capability.STAFF_MENU: Meaning(
        "工作人员菜单",
        "只有工作人员看到的按钮：扫码签到、今日、记录",
        "工作人员发送文字命令",
        _VERIFIED,
    ),
    Capability.ONCE_MESSAGE: Meaning(
        "一次性订阅消息",
        "读者同意一次，可以提醒一次，不必关注",
        "用其他方式通知，都不行时等读者下次发消息时显示",
        _VERIFIED,
    ),
    Capability.SCENE_QR: Meaning(
        "专属二维码",
        "海报和现场屏幕的二维码，扫一下就到这一场",
        "海报印公众号二维码和“发送 报名 12”；现场屏幕的二维码打开一个页面，照着发送签到码",
        _SERVICE,
    ),
    Capability.TEMPLATE: Meaning(
        "模板消息",
        "把开始前提醒、改期、递补发到读者的聊天里",
        "用订阅消息或客服消息，都不行时等读者下次发消息时显示",
        f"{_SERVICE}还要在公众平台选用一个模板，把编号填进 WECHAT_REMINDER_TEMPLATE。",
    ),
    Capability.NOTICE: Meaning(
        "订阅通知",
        "读者在页面上同意后发一次通知",
        "用其他方式通知，都不行时等读者下次发消息时显示",
        f"{_SERVICE}平台说还在灰度开放，能不能开通看公众平台页面。",
    ),
    Capability.OAUTH: Meaning(
        "网页授权",
        "网页认得打开它的读者，不用再输入号码",
        "读者用聊天里收到的专属链接打开自己的页面",
        f"{_SERVICE}网页域名填进“网页授权域名”后，设置 WECHAT_OAUTH=1。接口查不到这一项，按服务号认证和设置推断。",
    ),
}


@dataclass(frozen=True, slots=True)
class RightCard:
    """A right as page and command show it. `state`: granted, refused or unknown; `evidence` names call and code."""

    key: str
    name: str
    state: str
    word: str
    evidence: str
    checked: str
    used_for: str
    without: str
    cost: str


NEVER_ASKED = "还没有查询过"


def right_cards(rights: tuple[Right, ...], checked: dict[Capability, str]) -> list[RightCard]:
    """All rights in their order; `checked`: when each was last looked at, in words."""
    found = {each.capability: each for each in rights}
    cards = []
    for capability in Capability:
        right, meaning = found.get(capability), MEANINGS[capability]
        state = right.state if right else CapabilityState.UNKNOWN
        cards.append(
            RightCard(
                capability.value,
                meaning.name,
                state.value,
                STATES[state],
                right.evidence if right else "",
                checked.get(capability, NEVER_ASKED),
                meaning.used_for,
                "" if state is CapabilityState.GRANTED else meaning.without,
                "" if state is CapabilityState.GRANTED else meaning.cost,
            )
        )
    return cards
