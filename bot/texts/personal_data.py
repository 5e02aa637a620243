"""Everything that is held of a reader, in words: for the chat in short, for the page and the file in full."""

from __future__ import annotations

from datetime import datetime

from bot.domain.kinds import ConsentKind, MarkKind, RegistrationStatus
from bot.domain.personal_data import HeldPlace, PersonalData
from bot.texts import standing
from bot.texts.moments import clock_words, day_words, moment_words, party_words, time_words

Line = dict[str, str]
Section = tuple[str, list[Line]]

_STATES = {
    RegistrationStatus.HELD: "名额保留中",
    RegistrationStatus.PENDING: "待审核",
    RegistrationStatus.CONFIRMED: "已报名",
    RegistrationStatus.WAITLISTED: "候补中",
    RegistrationStatus.OFFERED: "待确认",
    RegistrationStatus.ENTERED: "已登记抽签",
    RegistrationStatus.CANCELLED: "已取消",
    RegistrationStatus.DECLINED: "已放弃",
    RegistrationStatus.EXPIRED: "已过期",
}
_CONSENTS = {ConsentKind.PRIVACY: "个人信息使用说明", ConsentKind.GUARDIAN: "儿童个人信息（监护人同意）"}
_MARKS = {
    MarkKind.NO_SHOW: "报名未到",
    MarkKind.LATE: "迟到",
    MarkKind.LATE_CANCEL: "临近开始才取消",
    MarkKind.ATTENDED: "按时参加",
}
_ACTIVE = (
    RegistrationStatus.HELD,
    RegistrationStatus.PENDING,
    RegistrationStatus.CONFIRMED,
    RegistrationStatus.WAITLISTED,
    RegistrationStatus.OFFERED,
    RegistrationStatus.ENTERED,
)

FILE_NAME = "my-data.json"


def masked_card(card: str) -> str:
    """A card number as it may stand in a chat: its last four characters."""
    return "*" * max(len(card) - 4, 2) + card[-4:]


def in_short(data: PersonalData, now: datetime, url: str | None) -> str:
    """我的信息: everything held (PIPL Art. 45). `url` leads to the file, for somebody who is on record."""
    lines = ["本馆保存的您的信息："]
    if data.contact:
        lines += [f"姓名：{data.contact.name}", f"电话：{data.contact.phone.removeprefix('+86')}"]
    else:
        lines.append("姓名、电话：未保存")
    if data.card:
        lines.append(f"读者证：{masked_card(data.card)}")
    lines += [f"孩子：{child.nickname}，{child.birth_year}年出生" for child in data.children]
    if data.known_since:
        lines.append("微信标识：用于给您回复和通知")
    lines += _places_in_short(data, now)
    lines += [f"给工作人员的留言：{len(data.requests)}条（七天后删除）"] if data.requests else []
    lines += [f"评价：{each.number}号 {each.stars}分 {each.words}".rstrip() for each in data.ratings]
    lines += _standing_in_short(data, now)
    lines += [
        f"同意：{_CONSENTS[each.kind]} {each.version}版，{moment_words(each.given_at)}"
        for each in data.consents
        if each.withdrawn_at is None
    ]
    lines.append(f"提醒：{'开' if data.reminders else '关'}；信息使用同意：{'已同意' if data.agreed else '未同意'}")
    if url:
        lines.append(f"完整副本（十分钟内可打开、可下载，请勿转发）：{url}")
    lines.append(
        "更正请发送「修改 电话 新号码」或「修改 姓名 新姓名」，撤回请发送「撤回同意」，全部删除请发送「注销」。"
    )
    return "\n".join(lines)


def _places_in_short(data: PersonalData, now: datetime) -> list[str]:
    active = [place for place in data.places if place.status in _ACTIVE and not _is_over(place, now)]
    lines = [f"有效报名：{len(active)}项（发送「我的」查看）"]
    lines += [f"{place.facts.number}号报名另填的联系人：{place.name}" for place in active if place.name]
    for place in data.places:
        if place.ages:
            lines.append(f"{place.facts.number}号报名的孩子年龄：{_ages(place)}")
        lines += [f"{place.facts.number}号报名的回答：{question} {said}" for question, said in place.answers]
    return lines


def _is_over(place: HeldPlace, now: datetime) -> bool:
    end = place.facts.ends_at or place.facts.starts_at
    return end is not None and end <= now


def _standing_in_short(data: PersonalData, now: datetime) -> list[str]:
    lines = [standing.held(len(data.marks))] if data.marks else []
    return lines + [
        f"暂停报名：至{day_words(each.ends_at)}（{each.code}，可发送「申诉」加理由）"
        for each in data.suspensions
        if not each.is_lifted and each.ends_at > now
    ]


def _ages(place: HeldPlace) -> str:
    return "、".join(f"{age}岁" for age in place.ages)


def in_full(data: PersonalData) -> list[Section]:
    """The page and the file: a section for each kind of data, a line for each item, none left out."""
    sections: list[Section] = [
        ("基本信息", [_basics(data)]),
        ("家庭成员", [{"小名": each.nickname, "出生年份": str(each.birth_year)} for each in data.children]),
        ("报名", [_place(place) for place in data.places]),
        ("同意记录", [_consent(data, at) for at in range(len(data.consents))]),
        (
            "信用记录",
            [
                {
                    "事项": _MARKS[each.kind],
                    "活动时间": _moment(each.at),
                    "分值": str(each.points),
                    "状态": "已撤销" if each.is_voided else "有效",
                }
                for each in data.marks
            ],
        ),
        (
            "暂停报名",
            [
                {
                    "编号": each.code,
                    "开始": _moment(each.starts_at),
                    "结束": _moment(each.ends_at),
                    "状态": "已解除" if each.is_lifted else "有效",
                }
                for each in data.suspensions
            ],
        ),
        (
            "评价",
            [
                {"活动": each.title, "分数": f"{each.stars}分", "内容": each.words, "时间": _moment(each.rated_at)}
                for each in data.ratings
            ],
        ),
        ("给工作人员的留言", [{"内容": each.words, "时间": _moment(each.noted_at)} for each in data.requests]),
    ]
    return [(title, lines) for title, lines in sections if lines]


def _basics(data: PersonalData) -> Line:
    contact = data.contact
    return {
        "姓名": contact.name if contact else "未保存",
        "电话": contact.phone if contact else "未保存",
        "读者证": data.card or "未保存",
        "微信标识": "已保存，只用于给您回复和通知" if data.known_since else "未保存",
        "首次使用": _moment(data.known_since) if data.known_since else "",
        "提醒": "开" if data.reminders else "关",
    }


def _place(place: HeldPlace) -> Line:
    facts = place.facts
    line = {
        "活动": facts.name,
        "编号": str(facts.number),
        "时间": time_words(facts),
        "状态": _STATES[place.status],
        "人数": party_words(place.party),
        "报名时间": _moment(place.made_at),
    }
    if place.name:
        line["另填的联系人"] = place.name
    if place.phone:
        line["另填的电话"] = place.phone
    if place.ages:
        line["孩子年龄"] = _ages(place)
    return line | dict(place.answers)


def _consent(data: PersonalData, at: int) -> Line:
    each = data.consents[at]
    ended = _moment(each.withdrawn_at) if each.withdrawn_at else "未撤回"
    return {"内容": _CONSENTS[each.kind], "版本": each.version, "同意时间": _moment(each.given_at), "撤回时间": ended}


def _moment(at: datetime) -> str:
    return f"{at.year}年{day_words(at)}{clock_words(at)}"


def as_file(data: PersonalData, made_at: datetime) -> dict[str, object]:
    """The same for machines, with Chinese labels (PIPL Art. 45: a common format for moving elsewhere)."""
    return {"说明": "图书馆活动报名系统保存的本人信息副本", "导出时间": _moment(made_at), **dict(in_full(data))}


def card_amended(card: str) -> str:
    """修改 读者证 done."""
    return f"已更正：读者证 {masked_card(card)}。发送「我的信息」可查看。"


def child_amended(nickname: str, birth_year: int) -> str:
    """修改 孩子 done."""
    return f"已更正：{nickname}，{birth_year}年出生。已有报名里的年龄不变。发送「我的信息」可查看。"


def no_such_child() -> str:
    """修改 孩子 with a name that is not on record, or no child's year."""
    return "没有找到这个孩子，或出生年份不对。请照「我的信息」里的小名发送，例如「修改 孩子 乐乐 2019」。"


def card_looks_wrong() -> str:
    """修改 读者证 without a number."""
    return "没有认出读者证号。请发送「修改 读者证 证号」，例如「修改 读者证 GY00012345」。"
