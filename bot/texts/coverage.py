"""媒体, 备注 and 照片: coverage in the media, words for the report's writer, photos."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.coverage import CoverageNoted, MediaEntry, MediaItem, Medium
from bot.texts.tables import medium_name

MEDIUM_MARKS: tuple[tuple[str, Medium], ...] = (
    (r"视频号|抖音|快手|短视频", Medium.VIDEO_CHANNEL),
    (r"公众号|微信|推文", Medium.OFFICIAL_ACCOUNT),
    (r"电视|卫视|频道", Medium.TELEVISION),
    (r"电台|广播", Medium.RADIO),
    (r"电子屏|大屏|显示屏|LED", Medium.SCREEN),
    (r"横幅|条幅|标语条幅", Medium.BANNER),
    (r"展板|宣传栏|版面|橱窗|海报", Medium.BOARD),
    (r"宣传单|宣传册|折页|传单", Medium.LEAFLET),
    (r"流动车|流动服务车|宣传车|巴士", Medium.VEHICLE),
    (r"标语|口号", Medium.SLOGAN),
    (r"晚报|日报|早报|晨报|时报|都市报|[^\s]报$|报社|报纸", Medium.NEWSPAPER),
    (r"网$|网站|新闻网|客户端|微博|https?:", Medium.WEBSITE),
)
"""What in the name of an outlet says which kind it is; the first that fits."""

LINK_AS_TYPED = r"[a-zA-Z]{2,10}://\S+|www\.\S+"
TITLE_AS_TYPED = r"[《〈「“\"](?P<title>[^》〉」”\"]{1,200})[》〉」”\"]"
DAY_AS_TYPED = r"(?:(?P<year>\d{4})年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]?"
NUMBER_AT_END = r"(?:^|\s)#?(?P<number>[0-9]{1,4})(?:号|场)?\s*$"
NUMBER_FIRST = r"\s*#?(?P<number>[0-9]{1,4})(?:号|场)?(?:活动)?(?=[\s,，:：、]|$)[\s,，:：、]*(?P<rest>.*)"
PUNCTUATION = " ,.;:、，。；：\n"

_MOST_LISTED = 12


def medium_noted(done: CoverageNoted, entry: MediaEntry) -> str:
    """An entry of the media log is stored."""
    day = f"{entry.day.month}月{entry.day.day}日 " if entry.day else ""
    title = f"《{entry.title}》" if entry.title else ""
    link = "（含链接）" if entry.link else ""
    return (
        f"已记录媒体宣传：{day}{medium_name(entry.medium)} {entry.outlet}{title}{link}\n{_place(done)}\n"
        "记错了请在十分钟内发送「撤销」，发送「媒体」看已记的。"
    )


def how_to_note_media() -> str:
    """媒体 alone when nothing is noted yet."""
    return (
        "记媒体宣传：发送「媒体 广元晚报 《标题》 5月28日」，有网址的接在后面。"
        "\n电子屏、横幅也可以记，如「媒体 横幅 中山街」。"
    )


def media_listed(items: Sequence[MediaItem]) -> str:
    """媒体 alone: what is noted."""
    lines = [f"已记录媒体宣传 {len(items)} 条："]
    for item in items[-_MOST_LISTED:]:
        day = f"{item.day.month}月{item.day.day}日 " if item.day else ""
        title = f"《{item.title}》" if item.title else ""
        lines.append(f"· {day}{medium_name(item.medium)} {item.outlet or item.place}{title}")
    lines.append("再记请发送「媒体 广元晚报 《标题》 5月28日」。")
    return "\n".join(lines)


def bad_link() -> str:
    """A link that is none."""
    return "链接没看懂，请发送以 http:// 或 https:// 开头的完整网址，如「媒体 广元新闻网 《标题》 https://example.com/1」。"


def note_kept(done: CoverageNoted) -> str:
    """Words for the writer are stored."""
    return f"备注已记下，写总结的人能看到：\n{_place(done)}\n记错了请在十分钟内发送「撤销」。"


def how_to_note() -> str:
    """备注 alone."""
    return "请发送「备注 12 要记的话」（12 是场次号），写总结的人能看到。"


def photo_came(number: int | None) -> str:
    """A picture by staff: how it gets its caption."""
    which = number if number is not None else 12
    said = f"照片收到了，现在记在 {number} 号活动。" if number is not None else "照片收到了。"
    return f"{said}请发送「照片 {which} 说明文字」加说明（{which} 是场次号）；不要了请在十分钟内发送「撤销」。"


def photo_kept(done: CoverageNoted, caption: str) -> str:
    """The caption is stored."""
    return f"照片说明已记下：{caption}\n{_place(done)}\n发错了请在十分钟内发送「撤销」。"


def no_photo_yet() -> str:
    """照片 12 说明 without a picture before it."""
    return "请先把照片发来，半小时内再发送「照片 12 说明文字」（12 是场次号）。"


def how_to_send_photos() -> str:
    """照片 alone."""
    return (
        "请把照片直接发来，再发送「照片 12 说明文字」（12 是场次号）。照片会用在活动总结里，拍到读者正面请先征得同意。"
    )


def media_example() -> str:
    """What is to be completed with a number."""
    return "媒体 广元晚报 《标题》"


def note_example() -> str:
    """What is to be completed with a number."""
    return "备注 读者反响热烈"


def photo_example() -> str:
    """What is to be completed with a number."""
    return "照片 活动现场"


def _place(done: CoverageNoted) -> str:
    if done.number is not None:
        return f"{done.number}号 {done.place}"
    return f"{done.place}（全馆）"
