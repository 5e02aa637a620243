"""Words that the scanner's page writes by itself, handed to its scripts as one block; what never changes stands in the
template. `{name}` is filled in by the page.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from bot.texts.door import UNDONE

TICKET_EXAMPLE = "K7P2QX"
TALLY_EXAMPLE = "宣传单 300多 份"

PLACE = {
    "place.none": "请选择场次",
    "place.name": "{number}号 {title}",
    "place.labelled": "{number}号 {label} · {title}",
    "place.empty": "没有可以签到的场次。请组织者把场次分给您，或重新发一张邀请。",
    "place.waiting": "还没有取到场次。请检查网络，取到后会自动显示。",
    "place.today": "今天",
    "place.other": "其他日子",
    "place.now": "当前",
    "phase.before": "未开始",
    "phase.open": "签到中",
    "phase.ended": "已结束",
    "phase.cancelled": "已取消",
    "phase.no_sign_up": "无需报名",
}
NETWORK = {
    "net.on": "已联网",
    "net.off": "没有网络，照常扫码",
    "net.starting": "正在连接",
    "queue.none": "全部已上传",
    "queue.some": "{n}条待上传",
    "queue.attention": "{n}条要处理",
    "list.age": "名单 {n}分钟前",
    "list.none": "离线名单未取到",
    "over": "登录已过期。",
    "over.some": "登录已过期，{n}条待上传，都在本机，不会丢。",
    "out.refused": "还有{n}条没有上传，现在不能退出。请先连上网络等它们传完。",
    "out.failed": "没有退出成功，请连上网络再试。",
}
CAMERA = {
    "camera.asking": "正在打开摄像头。如有提示，请点允许。",
    "camera.ready": "对准入场码，自动识别",
    "camera.loading": "正在准备识别，请稍等",
    "camera.none": "这台手机没有可用的摄像头。",
    "camera.denied": "没有得到摄像头的许可。请在浏览器设置里允许，再点打开摄像头。",
    "camera.busy": "摄像头正被别的程序占用。请关掉它，再点打开摄像头。",
    "camera.insecure": "这个网址不是 https 开头，浏览器不让用摄像头。",
    "camera.unsupported": "这个浏览器不能直接用摄像头。",
    "camera.undecodable": "这个浏览器识别不了画面里的码。",
    "camera.hidden": "已暂停，回到本页自动继续",
    "camera.next": "也可以拍照识别，或点最下面的输码查人。",
    "camera.front": "前置镜头",
    "camera.back": "后置镜头",
    "camera.other": "镜头{n}",
    "checking": "读到了，正在核对",
    "torch.on": "关灯",
    "torch.off": "开灯",
    "sound.on": "有声",
    "sound.off": "静音",
    "photo.reading": "正在识别照片",
    "photo.nothing": "照片里没有找到入场码。请让码占满画面、拍清楚，再试一次，或直接输入六位码。",
    "photo.offline": "现在没有网络，照片识别不了。请直接输入六位入场码。",
    "wechat.failed": "微信扫一扫没有打开。请拍照识别，或直接输入六位码。",
}
WAYS = {
    "way.open": "可用",
    "way.closed": "不可用",
    "way.offline": "要有网络",
    "way.elsewhere": "请在微信里打开本页",
    "way.waiting": "准备中",
}
PEOPLE = {
    "people": "{n}人",
    "party.children": "{c}名儿童",
    "party.adults": "{a}位成人",
    "party.both": "{a}大{c}小",
    "admit": "仍然放行 {n}人",
    "add": "又来了{n}人",
    "fewer": "少一人",
    "more": "多一人",
    "came": "到场",
    "stale": "这一位已超过十分钟，请用列表核对。",
}
SEARCH = {
    "search.busy": "正在查找",
    "search.none": "没有找到。请核对手机尾号四位，或姓名的开头。",
    "search.more": "还有更多，请写全一点。",
    "search.offline": "查人要有网络。请读者出示入场码，或输入六位码。",
    "search.failed": "现在查不了，请稍后再试，或输入六位码。",
    "search.ask": "请输入六位入场码、手机尾号四位，或姓名。",
    "search.came": "已到{n}人",
    "state.confirmed": "已报名",
    "state.waitlisted": "候补中",
    "state.cancelled": "已取消",
    "state.pending": "待审核",
    "state.released": "座位已让出",
}
AUDIENCES = {"adult": "成人", "child": "儿童", "senior": "老人"}
"""Whom walk-ins are counted as."""

COUNTS = {f"audience.{name}": word for name, word in AUDIENCES.items()} | {
    "audience.": "",
    "walk.done": "现场{audience} +{n}",
    "walk.totals": "本机已记：成人 {adult}，儿童 {child}，老人 {senior}",
    "walk.closed": "本场只接待报名读者，不记现场人数。需要破例，请找组织者。",
    "tally.empty": "请写清记什么、多少，如：" + TALLY_EXAMPLE,
    "tally.busy": "正在记录",
}
RECENT = {
    "recent.none": "这台手机还没有记录。",
    "recent.sent": "已上传",
    "recent.waiting": "待上传",
    "recent.attention": "要处理",
    "recent.undone": UNDONE,
    "recent.undo": "撤销",
    "recent.undo_which": "撤销 {what}",
    "kind.scan": "扫码",
    "kind.walk_in": "现场",
    "kind.tally": "记录",
    "kind.undo": "撤销",
    "again": "再试一次",
}
PAGE: Final = MappingProxyType(PLACE | NETWORK | CAMERA | WAYS | PEOPLE | SEARCH | COUNTS | RECENT)
"""All of them by key."""
