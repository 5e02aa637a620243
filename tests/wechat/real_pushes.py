"""Every push of the platform in its real form, as its documentation shows them, and what it must mean to us.

The readers and accounts in them are made up. Parts stand in the platform's order, `event` names in its letters.
"""

from __future__ import annotations

from datetime import UTC, datetime

from bot.conversation.messages import (
    CodeScan,
    Follow,
    MenuClick,
    Message,
    OtherMessage,
    PictureMessage,
    SceneScan,
    TextMessage,
    Unfollow,
)
from bot.wechat.pushes import (
    Choice,
    Choices,
    DeliveryReport,
    News,
    SentReport,
    SentReports,
    Verification,
    VerificationNews,
)

READER = "oBookmarkReader_0-Af1234567890"
PLATFORM = "oPlatformSender-000000000000"
AT = 1_780_000_000
SENT_AT = datetime.fromtimestamp(AT, UTC)
ENDS = datetime(2027, 3, 1, tzinfo=UTC)


def message(kind: str, parts: str, sender: str = READER) -> bytes:
    """A message of a reader, with its number behind its parts."""
    return _push(kind, f"{parts}<MsgId>24681012141618202</MsgId>", sender)


def event(name: str, parts: str = "", sender: str = READER) -> bytes:
    """Something that happened; events bear no number."""
    return _push("event", f"<Event><![CDATA[{name}]]></Event>{parts}", sender)


def _push(kind: str, parts: str, sender: str) -> bytes:
    head = f"<ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>\n<FromUserName><![CDATA[{sender}]]></FromUserName>\n"
    times = f"<CreateTime>{AT}</CreateTime>\n<MsgType><![CDATA[{kind}]]></MsgType>\n"
    return f"<xml>{head}{times}{parts}\n</xml>".encode()


def cdata(name: str, value: str) -> str:
    """One part with a text."""
    return f"<{name}><![CDATA[{value}]]></{name}>"


def lists(tag: str, *entries: str) -> str:
    """A part with as many lists in it."""
    return f"<{tag}>" + "".join(f"<List>{entry}</List>" for entry in entries) + f"</{tag}>"


def chosen(template: str, word: str, scene: int | None = None) -> str:
    """What one list says of a choice."""
    where = "" if scene is None else f"<PopupScene>{scene}</PopupScene>"
    return cdata("TemplateId", template) + cdata("SubscribeStatusString", word) + where


def sent(template: str, number: object, code: int, status: str) -> str:
    """What one list says of a notice that was sent."""
    outcome = f"<MsgID>{number}</MsgID><ErrorCode>{code}</ErrorCode>" + cdata("ErrorStatus", status)
    return cdata("TemplateId", template) + outcome


_SCAN = (
    "<ScanCodeInfo><ScanType><![CDATA[{kind}]]></ScanType><ScanResult><![CDATA[{result}]]></ScanResult></ScanCodeInfo>"
)
_PICTURES = (
    "<SendPicsInfo><Count>{count}</Count>\n<PicList>{items}</PicList>\n</SendPicsInfo>"  # one item each, or none
)
_PICTURE = "<item><PicMd5Sum><![CDATA[1b5f7c23b5bf75682a53e7b6d163e185]]></PicMd5Sum></item>"
_PLACE = (
    "<SendLocationInfo><Location_X><![CDATA[23.12]]></Location_X><Location_Y><![CDATA[113.31]]></Location_Y>"
    "<Scale><![CDATA[15]]></Scale><Label><![CDATA[ 广园路1号]]></Label><Poiname><![CDATA[]]></Poiname></SendLocationInfo>"
)
_WITHDRAWN = cdata("OpenID", READER) + cdata("AppID", "wx0123456789abcdef") + cdata("RevokeInfo", "205")

Meaning = tuple[object, ...] | News | None

MESSAGES: dict[str, tuple[bytes, Meaning]] = {
    "text": (message("text", cdata("Content", "活动")), (TextMessage, "活动")),
    "text of a tapped option": (
        message("text", cdata("Content", "满意") + "<bizmsgmenuid>101</bizmsgmenuid>"),
        (TextMessage, "满意"),
    ),
    "text without words": (message("text", ""), (TextMessage, "")),
    "image": (
        message("image", cdata("PicUrl", "http://p") + cdata("MediaId", "m")),
        (PictureMessage, "http://p"),
    ),
    "voice": (message("voice", cdata("MediaId", "m") + cdata("Format", "amr")), (OtherMessage, "voice")),
    "voice that was understood": (
        message("voice", cdata("MediaId", "m") + cdata("Format", "amr") + cdata("Recognition", "报名十二。")),
        (TextMessage, "报名十二"),
    ),
    "video": (message("video", cdata("MediaId", "m") + cdata("ThumbMediaId", "t")), (OtherMessage, "video")),
    "shortvideo": (message("shortvideo", cdata("MediaId", "m")), (OtherMessage, "shortvideo")),
    "location": (
        message("location", "<Location_X>23.1</Location_X><Location_Y>113.3</Location_Y><Scale>20</Scale>"),
        (OtherMessage, "location"),
    ),
    "link": (
        message("link", cdata("Title", "书") + cdata("Description", "") + cdata("Url", "u")),
        (OtherMessage, "link"),
    ),
    "miniprogrampage": (message("miniprogrampage", cdata("AppId", "wx")), (OtherMessage, "miniprogrampage")),
    "a kind to come": (message("hologram", ""), (OtherMessage, "hologram")),
}

READERS_EVENTS: dict[str, tuple[bytes, Meaning]] = {
    "subscribe": (event("subscribe"), (Follow, None)),
    "subscribe, empty key": (event("subscribe", cdata("EventKey", "")), (Follow, None)),
    "subscribe by a scene": (
        event("subscribe", cdata("EventKey", "qrscene_o12") + cdata("Ticket", "gQH_8DwAAAA")),
        (Follow, "o12"),
    ),
    "subscribe by a number": (
        event("subscribe", "<EventKey>qrscene_123123</EventKey>" + cdata("Ticket", "T")),
        (Follow, "123123"),
    ),
    "subscribe by an empty scene": (event("subscribe", cdata("EventKey", "qrscene_")), (Follow, "")),
    "subscribe, key with parts": (event("subscribe", "<EventKey><a>1</a></EventKey>"), (Follow, None)),
    "SCAN": (event("SCAN", cdata("EventKey", "o12") + cdata("Ticket", "T")), (SceneScan, "o12")),
    "SCAN of a number": (event("SCAN", "<EventKey>4294967295</EventKey>"), (SceneScan, "4294967295")),
    "SCAN without a key": (event("SCAN"), (SceneScan, "")),
    "unsubscribe": (event("unsubscribe", cdata("EventKey", "")), (Unfollow,)),
    "CLICK": (event("CLICK", cdata("EventKey", "MINE")), (MenuClick, "MINE")),
    "CLICK without a key": (event("CLICK"), (MenuClick, "")),
    "scancode_push": (
        event("scancode_push", cdata("EventKey", "SCAN") + _SCAN.format(kind="qrcode", result="http://h/t/A")),
        (CodeScan, "SCAN", "http://h/t/A", False),
    ),
    "scancode_waitmsg": (
        event("scancode_waitmsg", cdata("EventKey", "SCAN") + _SCAN.format(kind="qrcode", result="K7P2QX")),
        (CodeScan, "SCAN", "K7P2QX", True),
    ),
    "scancode_waitmsg of a bar code": (
        event("scancode_waitmsg", cdata("EventKey", "SCAN") + _SCAN.format(kind="barcode", result="CODE_128,K7P2QX")),
        (CodeScan, "SCAN", "K7P2QX", True),
    ),
    "scancode_waitmsg, nothing scanned": (
        event("scancode_waitmsg", cdata("EventKey", "SCAN") + "<ScanCodeInfo></ScanCodeInfo>"),
        (CodeScan, "SCAN", "", True),
    ),
    "scancode_waitmsg, no info": (event("scancode_waitmsg"), (CodeScan, "", "", True)),
    "scancode_waitmsg, two infos": (
        event("scancode_waitmsg", _SCAN.format(kind="q", result="A") + _SCAN.format(kind="q", result="B")),
        (CodeScan, "", "A", True),
    ),
    "location_select": (event("location_select", cdata("EventKey", "6") + _PLACE), (OtherMessage, "location_select")),
    "location_select, no place": (event("location_select"), (OtherMessage, "location_select")),
    "pic_sysphoto": (
        event("pic_sysphoto", cdata("EventKey", "6") + _PICTURES.format(count=1, items=_PICTURE)),
        (OtherMessage, "pic_sysphoto"),
    ),
    "pic_photo_or_album": (
        event("pic_photo_or_album", cdata("EventKey", "6") + _PICTURES.format(count=2, items=_PICTURE * 2)),
        (OtherMessage, "pic_photo_or_album"),
    ),
    "pic_weixin": (event("pic_weixin", _PICTURES.format(count=0, items="")), (OtherMessage, "pic_weixin")),
    "user_authorization_revoke": (event("user_authorization_revoke", _WITHDRAWN, PLATFORM), (Unfollow,)),
    "user_authorization_cancellation": (event("user_authorization_cancellation", _WITHDRAWN, PLATFORM), (Unfollow,)),
    "user_authorization_revoke, small letters": (
        event("user_authorization_revoke", cdata("openid", READER), PLATFORM),
        (Unfollow,),
    ),
}

_TWO_CHOICES = (Choice("T1", True), Choice("T2", False))

NEWS: dict[str, tuple[bytes, Meaning]] = {
    "TEMPLATESENDJOBFINISH": (
        event("TEMPLATESENDJOBFINISH", "<MsgID>200163836</MsgID>" + cdata("Status", "success")),
        DeliveryReport(200163836, "success"),
    ),
    "TEMPLATESENDJOBFINISH, blocked": (
        event("TEMPLATESENDJOBFINISH", "<MsgID>1</MsgID>" + cdata("Status", "failed:user block")),
        DeliveryReport(1, "failed:user block"),
    ),
    "TEMPLATESENDJOBFINISH without a status": (
        event("TEMPLATESENDJOBFINISH", "<MsgID>2</MsgID>"),
        DeliveryReport(2, ""),
    ),
    "TEMPLATESENDJOBFINISH without a number": (event("TEMPLATESENDJOBFINISH", cdata("Status", "success")), None),
    "popup, one list": (
        event("subscribe_msg_popup_event", lists("SubscribeMsgPopupEvent", chosen("T1", "accept", 2))),
        Choices(READER, SENT_AT, (Choice("T1", True),)),
    ),
    "popup, two lists": (
        event(
            "subscribe_msg_popup_event",
            lists("SubscribeMsgPopupEvent", chosen("T1", "accept", 1), chosen("T2", "reject", 1)),
        ),
        Choices(READER, SENT_AT, _TWO_CHOICES),
    ),
    "popup, a word that we do not know": (
        event("subscribe_msg_popup_event", lists("SubscribeMsgPopupEvent", chosen("T1", "filter"))),
        None,
    ),
    "popup, no template": (
        event("subscribe_msg_popup_event", "<SubscribeMsgPopupEvent><List></List></SubscribeMsgPopupEvent>"),
        None,
    ),
    "popup, empty": (event("subscribe_msg_popup_event", "<SubscribeMsgPopupEvent/>"), None),
    "popup, a text": (event("subscribe_msg_popup_event", cdata("SubscribeMsgPopupEvent", "x")), None),
    "popup, nothing": (event("subscribe_msg_popup_event"), None),
    "change": (
        event("subscribe_msg_change_event", lists("SubscribeMsgChangeEvent", chosen("T1", "reject"))),
        Choices(READER, SENT_AT, (Choice("T1", False),)),
    ),
    "change under the other's tag": (
        event(
            "subscribe_msg_change_event",
            lists("SubscribeMsgPopupEvent", chosen("T1", "reject"), chosen("T2", "reject")),
        ),
        Choices(READER, SENT_AT, (Choice("T1", False), Choice("T2", False))),
    ),
    "change that is no refusal gives no leave": (
        event("subscribe_msg_change_event", lists("SubscribeMsgChangeEvent", chosen("T1", "accept"))),
        None,
    ),
    "sent": (
        event(
            "subscribe_msg_sent_event", lists("SubscribeMsgSentEvent", sent("T1", 1864323726461255680, 0, "success"))
        ),
        SentReports((SentReport(READER, "T1", 1864323726461255680, 0, "success", SENT_AT),)),
    ),
    "sent, two lists": (
        event(
            "subscribe_msg_sent_event",
            lists("SubscribeMsgSentEvent", sent("T1", 7, 43101, "user refuse"), sent("T2", "", 0, "success")),
        ),
        SentReports(
            (
                SentReport(READER, "T1", 7, 43101, "user refuse", SENT_AT),
                SentReport(READER, "T2", None, 0, "success", SENT_AT),
            )
        ),
    ),
    "sent, no code": (
        event("subscribe_msg_sent_event", lists("SubscribeMsgSentEvent", cdata("TemplateId", "T1"))),
        None,
    ),
    **{
        what.value: (
            event(what.value, f"<ExpiredTime>{int(ENDS.timestamp())}</ExpiredTime>", PLATFORM),
            VerificationNews(what, ENDS),
        )
        for what in (Verification.EXPIRED, Verification.ENDS_SOON, Verification.QUALIFIED, Verification.NAMED)
    },
    **{
        what.value: (
            event(
                what.value, f"<FailTime>{int(ENDS.timestamp())}</FailTime>" + cdata("FailReason", "by time"), PLATFORM
            ),
            VerificationNews(what, ENDS),
        )
        for what in (Verification.NOT_QUALIFIED, Verification.NOT_NAMED)
    },
    "verify_expired without a time": (event("verify_expired"), VerificationNews(Verification.EXPIRED, None)),
    "verify_expired without anything": (
        b"<xml><MsgType>event</MsgType><Event>verify_expired</Event></xml>",
        VerificationNews(Verification.EXPIRED, None),
    ),
}

_COUNTS = "<TotalCount>100</TotalCount><FilterCount>80</FilterCount><SentCount>75</SentCount><ErrorCount>5</ErrorCount>"
_PUBLISHED = (
    "<PublishEventInfo><publish_id>2247503051</publish_id><publish_status>2</publish_status>"
    "<fail_idx>1</fail_idx><fail_idx>2</fail_idx><article_detail><count>1</count>"
    "<item><idx>1</idx><article_url><![CDATA[u]]></article_url></item></article_detail></PublishEventInfo>"
)

NOT_OURS: dict[str, bytes] = {
    "VIEW": event("VIEW", cdata("EventKey", "http://l.example") + "<MenuId>MENUID</MenuId>"),
    "view_miniprogram": event("view_miniprogram", cdata("EventKey", "pages/index/index") + "<MenuId>1</MenuId>"),
    "LOCATION": event("LOCATION", "<Latitude>23.1</Latitude><Longitude>113.3</Longitude><Precision>119.4</Precision>"),
    "user_info_modified": event("user_info_modified", _WITHDRAWN, PLATFORM),
    "user_info_modified, small letters": event("user_info_modified", cdata("openid", READER), PLATFORM),
    "user_info_modified, nobody": event("user_info_modified", "", PLATFORM),
    "kf_create_session": event("kf_create_session", cdata("KfAccount", "test1@test")),
    "kf_close_session": event("kf_close_session", cdata("KfAccount", "test1@test")),
    "kf_switch_session": event("kf_switch_session", cdata("FromKfAccount", "a@t") + cdata("ToKfAccount", "b@t")),
    "MASSSENDJOBFINISH": event("MASSSENDJOBFINISH", f"<MsgID>1</MsgID>{cdata('Status', 'sendsuccess')}{_COUNTS}"),
    "PUBLISHJOBFINISH": event("PUBLISHJOBFINISH", _PUBLISHED),
    "user_get_card": event("user_get_card", cdata("CardId", "c")),
}
"""Known, and answered with `success` without a word."""

UNKNOWN: dict[str, bytes] = {
    "of a kind to come": event("hologram_seen", "<HologramInfo><a>1</a><a>2</a></HologramInfo>"),
    "without a name": event(""),
    "without sender and time": b"<xml><MsgType>event</MsgType><Event>hologram_seen</Event></xml>",
    "with a sender that is no openid": event("hologram_seen", "", "somebody else's"),
    "with everything twice": event("hologram_seen", "<A>1</A><A>2</A><Event>x</Event>"),
    "that takes back nobody's leave": event("user_authorization_revoke", "", PLATFORM),
}
"""Answered with `success`, and logged once for each kind."""

READ = MESSAGES | READERS_EVENTS | NEWS
EVERYTHING = {name: body for name, (body, _) in READ.items()} | NOT_OURS | UNKNOWN


def meaning_of(content: Message | News | None) -> Meaning:
    """What a reading came to, in the form of the tables above: a message's type and what it holds beside its bearing."""
    if content is None or isinstance(content, News):
        return content
    match content:
        case TextMessage(text=text):
            return TextMessage, text
        case Follow(scene=scene) | SceneScan(scene=scene):
            return type(content), scene
        case MenuClick(button=button):
            return MenuClick, button
        case CodeScan(button=button, code=code, waits=waits):
            return CodeScan, button, code, waits
        case PictureMessage(source=source):
            return PictureMessage, source
        case OtherMessage(kind=kind):
            return OtherMessage, kind
        case Unfollow():
            return (Unfollow,)
