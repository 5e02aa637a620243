"""What is said about signing in on a browser and about ending it."""

from __future__ import annotations

from datetime import datetime

from bot.domain.clock import local
from bot.texts.moments import clock_words, moment_words

REFUSALS = {
    "signed_out": ("请先登录", "登录已到期或已在别处结束。没有同步的记录都还在手机里，重新登录后会继续上传。"),
    "role": ("这个页面您用不了", "您的身份可以扫码签到和登记人数。需要更多权限，请联系活动组织者。"),
    "elsewhere": ("这个操作不是从本站发来的", "请从公众号重新打开页面，再操作一次。"),
    "script": ("这个请求不是扫码页发来的", "请从公众号重新打开扫码页。"),
    "content": ("这个请求读不懂", "内容不是约定的格式。请刷新页面后再试。"),
    "form": ("页面已经过期", "请返回上一页，刷新后再操作一次。"),
    "link": ("这个登录链接不能用了", "链接十分钟内有效，只能用一次。请在公众号发送“扫码”，拿一个新链接。"),
    "wechat": ("微信没有认出您", "请再试一次；还不行就用登录码，或在公众号发送“扫码”，用链接登录。"),
    "snapshot": ("请点“使用完整服务”", "微信现在给您看的是预览。请点屏幕下方的“使用完整服务”，再重新登录。"),
    "not_staff": ("这个微信不是工作人员", "请先在公众号发送“绑定 邀请码”。邀请码向活动组织者要。"),
    "invitations": ("请稍等一分钟", "短时间内打开的邀请太多了。一分钟后再试，或在公众号直接发送“绑定 邀请码”。"),
    "links": ("请稍等一分钟", "短时间内打不开的登录链接太多了。一分钟后再试，或在公众号发送“扫码”拿一个新链接。"),
    "codes": ("请稍等一分钟", "短时间内打开登录页的次数太多。一分钟后再试，或在公众号发送“扫码”，用链接登录。"),
}
"""Headline and advice of requests that are refused."""

SIGN_IN_FIRST = "打开后如要求登录：手机上发送「扫码」，点收到的链接；电脑上按网页提示发送「登录」和六位登录码。"
"""Behind the address of a page for staff."""

_SYSTEMS = (
    ("HarmonyOS", "鸿蒙手机"),
    ("OpenHarmony", "鸿蒙手机"),
    ("iPad", "苹果平板"),
    ("iPhone", "苹果手机"),
    ("Android", "安卓手机"),
    ("Windows", "Windows 电脑"),
    ("Macintosh", "苹果电脑"),
    ("Linux", "Linux 电脑"),
)
_BROWSERS = (
    ("MicroMessenger", "微信"),
    ("MQQBrowser", "QQ 浏览器"),
    ("QQBrowser", "QQ 浏览器"),
    ("UCBrowser", "UC 浏览器"),
    ("HuaweiBrowser", "华为浏览器"),
    ("MiuiBrowser", "小米浏览器"),
    ("VivoBrowser", "vivo 浏览器"),
    ("HeyTapBrowser", "OPPO 浏览器"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def device_words(user_agent: str) -> str:
    """A browser by what it says of itself, so that its owner knows it again: 安卓手机·微信."""
    system = next((words for mark, words in _SYSTEMS if mark in user_agent), "未知设备")
    if system == "安卓手机" and "Mobile" not in user_agent:
        system = "安卓平板"
    browser = next((words for mark, words in _BROWSERS if mark in user_agent), "浏览器")
    return f"{system}·{browser}"


def until_words(moment: datetime, now: datetime) -> str:
    """Until when something holds; the day only when it is another one."""
    return clock_words(moment) if local(moment).date() == local(now).date() else moment_words(moment)


def signed_in(device: str, ends_at: datetime, now: datetime) -> str:
    """A browser was signed in from the chat."""
    return (
        f"已登录：{device}，{until_words(ends_at, now)} 前有效。\n"
        "不是您的设备，或用完要退出，请发送「退出登录」，您所有设备上的登录马上结束。"
    )


def code_unknown() -> str:
    """Wrong, used or lapsed."""
    return "登录码不对、已用过或已过期。请看登录页上现在的六位数字，重新发送「登录 六位数字」。"


def too_many_codes() -> str:
    """Guessing."""
    return "登录码输错次数较多，请十分钟后再试；急用请发送「扫码」，用链接登录。"


def how_to_sign_in(url: str) -> str:
    """登录 without a code."""
    return f"在电脑或手机的浏览器打开 {url} ，把页面上的六位数字发到这里，如「登录 482913」。在这台手机上扫码请发送「扫码」。"


def scanner_link(url: str) -> str:
    """A link that signs in once."""
    return (
        f"点开登录扫码页：{url}\n"
        "链接十分钟内有效，只能用一次，请不要转发。过期了请再发送「扫码」；手机丢了请发送「退出登录」。"
    )


def signed_out(browsers: int) -> str:
    """All own sessions ended."""
    said = f"已退出登录，{browsers} 台设备上的登录已结束。" if browsers else "没有登录中的设备，已确认全部退出。"
    return f"{said}再次使用请发送「扫码」。"
