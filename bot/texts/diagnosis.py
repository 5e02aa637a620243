"""A diagnosis of house and account in words, for the page of managers and keepers and for `flask doctor`."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.alarm import AlarmKind
from bot.domain.capability import Capability
from bot.domain.diagnosis import Advice, AlarmSeen, Broken, Diagnosis, StoreState
from bot.domain.kinds import NoticeState
from bot.texts.account import LEVELS, MEANINGS, TO_RISE, VERIFY, RightCard, right_cards
from bot.texts.moments import moment_words

BROKEN = {
    Broken.DATABASE: "数据库连不上。请检查 DATABASE_URL 和 DATA_DIR，以及数据库是否在运行。",
    Broken.SCHEMA: "数据库还不是这个版本。请先运行：flask --app wsgi db upgrade",
    Broken.REDIS: "Redis 连不上。请检查 REDIS_URL，以及 Redis 是否在运行。",
    Broken.WORKER: "后台任务一分钟没有动静：通知发不出去，名额不会递补。请检查 worker 和 beat 是否在运行。",
    Broken.CONFIGURATION: "微信不接受现在的设置，主动发送已暂停。请看下面的提醒，改好后运行 flask --app wsgi doctor --probe",
    Broken.TEMPLATE: "消息模板的编号或字段不合适，用它的通知发不出去。请看下面的提醒。",
    Broken.MENU: "菜单没有发布成功，读者看不到按钮。请看下面的提醒。",
}
ADVICE = {
    Advice.NO_SECRET: "没有设置 WECHAT_SECRET：不调用微信接口，只被动回复。",
    Advice.PLAIN_MODE: "消息没有加密。请在公众平台改用安全模式，设置 WECHAT_MODE=safe 和 WECHAT_AES_KEY。",
    Advice.NO_HTTPS: "PUBLIC_URL 不是 https 地址，读者的数据没有加密传输。请看 README 的“For real”。",
    Advice.NO_REMINDER_TEMPLATE: "账号可以发模板消息，但没有设置 WECHAT_REMINDER_TEMPLATE。",
    Advice.NO_NOTICE_TEMPLATE: "账号可以发订阅通知，但没有设置 WECHAT_NOTICE_TEMPLATE。",
    Advice.NO_ONCE_TEMPLATE: "账号可以发一次性订阅消息，但没有设置 WECHAT_ONCE_TEMPLATE。",
    Advice.NO_OAUTH: "账号可以用网页授权。把域名填进“网页授权域名”后，设置 WECHAT_OAUTH=1。",
}
ALARMS = {
    AlarmKind.CONFIGURATION: "设置有误",
    AlarmKind.RIGHT_LOST: "失去权限",
    AlarmKind.TEMPLATE: "模板不合适",
    AlarmKind.QUOTA: "当日调用次数用完",
    AlarmKind.ANNUAL_VERIFICATION: "微信认证到期",
    AlarmKind.MENU: "菜单没有发布",
}
TO_DO = {
    AlarmKind.CONFIGURATION: "请核对 WECHAT_APPID、WECHAT_SECRET 和公众平台的 IP 白名单。改好以前，通知先等着。",
    AlarmKind.RIGHT_LOST: "已自动改用替代的办法，不用改设置。微信认证到期的，请在公众平台续办。",
    AlarmKind.TEMPLATE: "请在公众平台核对模板的编号和字段，改好 WECHAT_ 开头、_TEMPLATE 结尾的设置。",
    AlarmKind.QUOTA: "不用处理：当天改用其他办法，零点以后自动恢复。",
    AlarmKind.ANNUAL_VERIFICATION: "请在公众平台续办微信认证。",
    AlarmKind.MENU: "请运行 flask --app wsgi menu publish，看微信怎么说。",
}
"""What the keeper does about an alarm."""
_SUBJECTS = {"account": "公众号", "verification": "", "sns/oauth2/access_token": "网页授权"}
STORES = {StoreState.OK: "正常", StoreState.OLD: "不是这个版本", StoreState.AWAY: "连不上"}
NOTICES = {
    NoticeState.PENDING: "等待发送",
    NoticeState.SENDING: "正在发送",
    NoticeState.SENT: "已发送",
    NoticeState.FAILED: "没有送达",
    NoticeState.UNKNOWN: "结果不明",
    NoticeState.DROPPED: "不再需要",
}
MENUS = {"readers": "读者菜单", "staff": "工作人员菜单"}
DAILY = {
    "message/custom/send": 500_000,
    "message/template/send": 100_000,
    "qrcode/create": 100_000,
    "menu/addconditional": 2_000,
    "menu/delconditional": 2_000,
    "menu/trymatch": 20_000,
}
"""Calls a day that the platform states (wechat-platform.md section 3); the rest it does not state there."""

EVIDENCE = "账号的各项权限。“依据”是查询的接口和微信的回答：48001 表示没有权限；40003、40007 等是说查询的内容不对，权限是有的。"
PROBE_WANTED = "正等着向微信查询：一般只要几秒，五分钟内只查询一次。稍后请刷新本页。"


@dataclass(frozen=True, slots=True)
class Line:
    """A name and what is said of it."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Report:
    """A diagnosis in words."""

    level: str
    level_words: str
    is_well: bool
    next_step: str
    cost: str
    verdict: str
    news: str
    broken: list[str]
    advice: list[str]
    alarms: list[Line]
    rights: list[RightCard]
    state: list[Line]
    notices: list[Line]
    calls: list[Line]


def report_of(found: Diagnosis) -> Report:
    """All of it in words."""
    checked = {each.capability: moment_words(each.checked_at) for each in found.rights}
    return Report(
        level=found.level.name,
        level_words=LEVELS[found.level],
        next_step=TO_RISE[found.level],
        cost=VERIFY if set(Capability) - set(found.granted) - {Capability.OAUTH} else "",
        is_well=not found.broken,
        verdict="有故障，需要处理" if found.broken else "运行正常",
        news=PROBE_WANTED if found.is_probe_wanted else "",
        broken=[BROKEN[each] for each in found.broken],
        advice=[ADVICE[each] for each in found.advice],
        alarms=[_alarm_line(each) for each in found.alarms],
        rights=right_cards(found.rights, checked),
        state=_state_lines(found),
        notices=_notice_lines(found),
        calls=[Line(api, _calls_words(api, number)) for api, number in found.calls],
    )


def _alarm_line(alarm: AlarmSeen) -> Line:
    """What it is, what to do, and what the platform said, in this order."""
    known = MEANINGS[Capability(alarm.subject)].name if alarm.subject in list(Capability) else alarm.subject
    about = _SUBJECTS.get(alarm.subject, known)
    often = f"，共 {alarm.times} 次，最近 {moment_words(alarm.last_at)}" if alarm.times > 1 else ""
    heard = f"微信的回答：{alarm.detail}，{moment_words(alarm.first_at)}起{often}"
    return Line("：".join(part for part in (ALARMS[alarm.kind], about) if part), f"{TO_DO[alarm.kind]}{heard}")


def _state_lines(found: Diagnosis) -> list[Line]:
    probed = moment_words(found.probed_at) if found.probed_at else "还没有查询过"
    lines = [
        Line("账号", f"{found.deployment.appid}，消息加解密方式 {found.deployment.mode}"),
        Line("网址", found.deployment.public_url),
        Line("数据库", STORES[found.database]),
        Line("Redis", STORES[found.redis]),
        Line("后台任务", moment_words(found.worker_seen) if found.worker_seen else "没有动静"),
        Line("最近查询", probed),
    ]
    published = [f"{MENUS[each.name]} {moment_words(each.published_at)}" for each in found.menus]
    missing = "没有，请运行 flask --app wsgi menu publish" if Capability.MENU in found.granted else "没有"
    return [*lines, Line("已发布的菜单", "；".join(published) or missing)]


def _notice_lines(found: Diagnosis) -> list[Line]:
    lines = [
        Line(NOTICES[state], f"{found.notices.by_state[state]} 条")
        for state in NOTICES
        if found.notices.by_state.get(state)
    ]
    if found.notices.waits_since is not None:
        lines.append(Line("等得最久的", f"{moment_words(found.notices.waits_since)} 起等待发送"))
    return lines or [Line("通知", "还没有")]


def _calls_words(api: str, number: int) -> str:
    most = DAILY.get(api)
    return f"{number} 次，每日最多 {most} 次" if most else f"{number} 次"


def report_lines(report: Report) -> list[str]:
    """The report as a command prints it; its first line is for programs too."""
    lines = [f"level {report.level}", report.level_words, f"状态：{report.verdict}"]
    lines += [f"  ✗ {each}" for each in report.broken]
    lines += [f"  · {report.news}"] if report.news else []
    lines += [f"  ! {each.name}：{each.words}" for each in report.alarms]
    lines += [f"  · {each}" for each in report.advice]
    lines += ["", EVIDENCE]
    for card in report.rights:
        lines.append(f"[{card.word}] {card.key} {card.name}：{card.used_for}")
        lines.append(f"     依据 {card.evidence or '—'}，{card.checked}")
        if card.without:
            lines += [f"     没有时：{card.without}", f"     要取得：{card.cost}"]
    for title, part in (("", report.state), ("通知", report.notices), ("今天调用微信接口", report.calls)):
        lines += ["", *([title] if title else []), *(f"  {each.name}：{each.words}" for each in part)] if part else []
    last = [("升一级", report.next_step), ("费用", report.cost)]
    return lines + [""] * any(words for _, words in last) + [f"{name}：{words}" for name, words in last if words]
