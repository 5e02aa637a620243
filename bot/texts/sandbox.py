"""Words of the WeChat stand-in: what WeChat itself, not the library, would show."""

from typing import Any

ACCOUNT_NAME = "书签 · 城市图书馆"
SERVICE_FAULT = "该公众号提供的服务出现故障，请稍后再试"

SAMPLE_PLACE = "城市图书馆总馆"
SAMPLE_LINK_TITLE = "读书的一百个理由"
SAMPLE_LINK_DESCRIPTION = "朋友分享的一篇文章"

# how a template's time field may be written
TIME_FORMS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y-%m-%d",
    "%Y年%m月%d日",
    "%H:%M:%S",
    "%H:%M",
)

# shown as long as the account has published no menu of its own
FALLBACK_MENU: list[dict[str, Any]] = [
    {"type": "click", "name": "活动", "key": "LIST"},
    {"type": "click", "name": "我的", "key": "MINE"},
    {
        "name": "服务",
        "sub_button": [
            {"type": "scancode_waitmsg", "name": "扫码签到", "key": "SCAN"},
            {"type": "click", "name": "今日", "key": "TODAY"},
            {"type": "click", "name": "帮助", "key": "HELP"},
        ],
    },
]

# the one template that an account has for one-time subscription messages
ONCE_TEMPLATE = "SandboxOnceTemplate_00000000000000000000005"

# category templates the account has been granted; ids have the platform's 43 characters
TEMPLATES: list[dict[str, str]] = [
    {
        "template_id": "SandboxReminderTemplate_0000000000000000001",
        "title": "活动开始提醒",
        "content": "活动名称:{{thing1.DATA}}\n开始时间:{{time2.DATA}}\n活动地点:{{thing3.DATA}}\n",
    },
    {
        "template_id": "SandboxPromotionTemplate_000000000000000002",
        "title": "候补成功通知",
        "content": "活动名称:{{thing1.DATA}}\n开始时间:{{time2.DATA}}\n活动地点:{{thing3.DATA}}\n",
    },
    {
        "template_id": "SandboxCancelledTemplate_000000000000000003",
        "title": "活动取消通知",
        "content": "活动名称:{{thing1.DATA}}\n开始时间:{{time2.DATA}}\n取消原因:{{thing3.DATA}}\n",
    },
    {
        "template_id": "SandboxOfferTemplate_0000000000000000000004",
        "title": "候补递补通知",
        "content": "活动名称:{{thing1.DATA}}\n开始时间:{{time2.DATA}}\n确认截止:{{time4.DATA}}\n",
    },
]

# what the platform shows in place of a page that would send the reader back, by the number of the fault
CONNECT_FAULTS = {
    10003: "redirect_uri 域名与后台配置不一致",
    10005: "该公众号没有这个权限",
    10013: "appid 参数错误",
    10014: "参数错误",
}
