"""What people type, and what it is understood as."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.intents import Intent, recognise, suggest
from bot.texts.commands import ENTRIES, Command

C = Command


def _cases(table: dict[Command, str]) -> list[tuple[str, Command]]:
    return [(text, command) for command, texts in table.items() for text in texts.split("|")]


SIMPLE = {
    C.HELP: ("帮助|?|？|help|HELP|菜单|你好|您好！|幫助|怎么报名|请问怎么报名呢？|在吗|怎么签到|请问在哪里可以报名呀"),
    C.LIST: "活动|【活动】|有什么活动|有什么活动吗？|近期活动|最近有什么活动呀|活動|请问有哪些活动",
    C.MINE: ("我的|我的报名|查询|我報名了嗎|请问我报名成功了吗|报上了没|我都报了哪些活动|我的候补"),
    C.TICKET: "入场码|票|二维码|我的票|我的二维码呢",
    C.CANCEL: (
        "取消|退订|不去了|我不去了|取消报名|不报了|我想取消报名|有事来不了了|抱歉，孩子发烧，我们去不了了|"
        "怎么取消|麻烦帮我取消一下，谢谢|请假|取消報名"
    ),
    C.SIGN_UP: "报名|我要报名|我想報名！|预约|老师你好，我要报名",
    C.MORE: "更多|下一页",
    C.BACK: "返回",
    C.REDO: "填错了|不对|重填",
    C.THANKS: "谢谢|谢谢！|知道了|收到",
    C.QUIT: "退出|算了",
    C.CONFIRM: "确认|确认。|是|是的|好的|好|对|好的，谢谢|嗯嗯|OK|可以|確認|确认吧",
    C.GIVE_UP: "放弃|不要了|放棄|不",
    C.AGREE: "同意|我同意|同意！|「同意」|同意的",
    C.DISAGREE: "不同意|我不同意|我不太同意|没同意|拒绝|监护人不同意",
    C.GUARDIAN_AGREE: "监护人同意|監護人同意|我是监护人，同意|家长同意",
    C.WITHDRAW_CONSENT: "撤回同意|撤销同意",
    C.MY_DATA: "我的信息",
    C.ERASE: "注销|我要注销|删除我的信息",
    C.REMINDERS_OFF: "提醒 关|提醒关|关闭提醒|不要再提醒我了|别给我发通知了|取消提醒",
    C.REMINDERS_ON: "提醒 开|打开提醒",
    C.PERSON: "人工|转人工|我要投诉|孩子走丢了！！|坐轮椅能进去吗|我们幼儿园想团体参加",
    C.TODAY: "今日|今日统计",
    C.STATS: "统计",
    C.UNDO: "撤销|撤销了",
    C.REPORT: "周报",
    C.BIND: "绑定",
    C.REDEEM: "核销",
    C.WALK_IN: "现场",
    C.TALLY: "记录",
    C.CHECK_IN: "签到|我要签到",
    C.SIGN_IN: "登录",
    C.SCANNER: "扫码|扫描|扫码页|我要扫码",
    C.SIGN_OUT: "退出登录|登出",
    C.STAFF: "工作人员|工作人员名单",
    C.STOP_STAFF: "停用",
    C.UNREACHED: "未送达|未送达通知",
    C.INVITE: "邀请|邀请志愿者",
    C.FAMILY: "家庭成员|我的孩子|家庭",
    C.ADD_DEPENDANT: "添加孩子|加孩子|我想添加孩子",
    C.REMOVE_DEPENDANT: "删除孩子",
    C.PLACE_IN_LINE: "候补第几|排第几|我排到第几了|我的候补排到第几了|候補進度|请问候补到第几了",
    C.STANDING: "信用|我的信用|爽约记录|我爽约了几次|我为什么被暂停报名了",
    C.APPEAL: "申诉|我要申诉",
    C.PENDING: "审核|待审核",
    C.APPROVE: "通过",
    C.REJECT: "驳回|不通过",
    C.LIFT: "解除暂停",
    C.UPHOLD: "维持",
    C.MOVE_IN_LINE: "插队|调整候补",
}


@pytest.mark.parametrize(("text", "command"), _cases(SIMPLE))
def test_a_bare_word_is_its_command(text: str, command: Command) -> None:
    intent = recognise(text)
    assert (intent.command, intent.number, intent.maybe_number) == (command, None, None)


NUMBERED = {
    C.DETAIL: (
        "12|１２|十二|12。|#12|第12号|12号场次|详情12|详情 12|12详情|查看12|請問12還有名額嗎|12在哪里|"
        "12什么时候开始|12怎么报名"
    ),
    C.SIGN_UP: (
        "报名12|报名 12|报名:12|报名 十二|报名十二|报 12|报12|我报12|預約12|參加12|12报名|12 报名|12我要报名|"
        "报名第12号|报名编号12|报名#12|报名【12】|报名12！|我想报名一下12|您好，麻烦给我报名12，谢谢|"
        "报名１２|报名 12场|请帮我预约12吧|我和老伴想参加12|报名活动12|报名 No.12|去12|可以报名12吗？|报名⑫"
    ),
    C.CANCEL: (
        "取消12|取消 12|12取消|取消报名12|12不去了|12我去不了了|不好意思，我想取消12|退订12|取消候补12|取消第十二号"
    ),
    C.WAITLIST: "候补12|候补 12|12候补|我想候補12|排队12",
    C.TICKET: "入场码12|入场码 12|票 12|12的票|二维码12",
    C.CONFIRM: "确认12",
    C.GIVE_UP: "放弃 12",
    C.UNDO: "撤销12",
    C.PLACE_IN_LINE: "候补进度 12|12候补到第几了|候补12第几|候补第几 12",
    C.PENDING: "审核 12|待审核12",
}


@pytest.mark.parametrize(("text", "command"), _cases(NUMBERED))
def test_the_number_beside_a_command_is_the_occurrence(text: str, command: Command) -> None:
    intent = recognise(text)
    assert (intent.command, intent.number, intent.maybe_number) == (command, 12, None)


@pytest.mark.parametrize(
    ("text", "number", "words"),
    [
        ("报名 12 张三 13800138000 一大一小", 12, "张三 13800138000 一大一小"),
        ("报名12张三13800138000一大一小", 12, "张三13800138000一大一小"),
        ("报名1213800138000张三", 12, "13800138000张三"),
        ("報名12張三13800138000", 12, "張三13800138000"),
        ("报名十二张三13800138000一大一小", 12, "张三13800138000一大一小"),
        ("报名 张三 13800138000 一大一小 12", 12, "张三 13800138000 一大一小"),
        ("12 报名 张三 3人", 12, "张三 3人"),
        ("报名12,3人", 12, "3人"),
        ("报名12 2大1小", 12, "2大1小"),
        ("报名12小明", 12, "小明"),
        ("报名12周小川", 12, "周小川"),
        ("报名12Lucy", 12, "Lucy"),
        ("报名123", 123, ""),
        ("报名45号", 45, ""),
        ("取消 12 谢谢", 12, ""),
    ],
)
def test_what_follows_the_number_is_kept_as_typed(text: str, number: int, words: str) -> None:
    intent = recognise(text)
    assert (intent.number, intent.words) == (number, words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("报名 亲子手工课", "亲子手工课"),
        ("报名十二生肖剪纸", "十二生肖剪纸"),
        ("报名百家讲坛", "百家讲坛"),
        ("报名24节气讲座", "24节气讲座"),
        ("报名3D打印体验", "3D打印体验"),
        ("报名第三场", "第三场"),
        ("报名 3人", "3人"),
        ("报名 一大一小", "一大一小"),
        ("报名 孩子5岁", "孩子5岁"),
        ("报名 5月28日的讲座", "5月28日的讲座"),
        ("报名 张三 13800138000", "张三 13800138000"),
        ("报名 0839-3223456", "0839-3223456"),
        ("接龙 1. 张三 13800138000 2. 李四 13800138001", "1. 张三 13800138000 2. 李四 13800138001"),
        ("我想参加书法讲座", "书法讲座"),
    ],
)
def test_titles_amounts_ages_and_phones_are_no_occurrence_number(text: str, words: str) -> None:
    intent = recognise(text)
    assert (intent.command, intent.number, intent.maybe_number) == (C.SIGN_UP, None, None)
    assert intent.words == words


@pytest.mark.parametrize(
    "text", ["你好，我想报名12号那个活动", "报12号活动", "报名12号", "12号报名", "预约12号下午的讲座"]
)
def test_a_number_that_may_be_a_date_is_only_a_possibility(text: str) -> None:
    intent = recognise(text)
    assert (intent.command, intent.number, intent.maybe_number) == (C.SIGN_UP, None, 12)
    assert "12号" in intent.words


@pytest.mark.parametrize("text", ["30号", "30号有什么活动", "活动 30号", "三十号", "5月30号"])
def test_a_day_of_the_month_lists_that_day(text: str) -> None:
    intent = recognise(text)
    assert (intent.command, intent.number, intent.maybe_number) == (C.LIST, None, None)
    assert "号" in intent.words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("活动 周六 少儿", "周六 少儿"),
        ("活动周六少儿", "周六少儿"),
        ("少儿活动", "少儿"),
        ("周六有什么活动", "周六有什么活动"),
        ("周六", "周六"),
        ("明天下午", "明天下午"),
        ("讲座", "讲座"),
        ("活動 兒童", "兒童"),
        ("请问这个星期六下午有没有适合老人的讲座呀", "这个星期六下午有没有适合老人的讲座"),
        ("这周末可以报名的活动有哪些", "这周末可以报名的活动有哪些"),
        ("有没有老人参加的活动", "有没有老人参加的活动"),
    ],
)
def test_a_question_for_the_programme_is_a_list_with_its_words(text: str, words: str) -> None:
    intent = recognise(text)
    assert (intent.command, intent.words) == (C.LIST, words)


@pytest.mark.parametrize(
    ("text", "code", "people"),
    [
        ("签到482913", "482913", None),
        ("签到 482913", "482913", None),
        ("签到482913 2人", "482913", 2),
        ("签到 482913 两人", "482913", 2),
        ("签到482 913", "482913", None),
        ("签到：４８２９１３", "482913", None),
        ("簽到482913", "482913", None),
        ("签到 482913 三个人", "482913", 3),
        ("签到482913 2", "482913", 2),
        ("482913", "482913", None),
        ("482 913", "482913", None),
        ("482913 2人", "482913", 2),
        ("012345", "012345", None),
        ("签到 48291", "48291", None),
        ("签到码482913", "482913", None),
    ],
)
def test_six_digits_check_in(text: str, code: str, people: int | None) -> None:
    intent = recognise(text)
    assert (intent.command, intent.code, intent.people, intent.number) == (C.CHECK_IN, code, people, None)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("核销 k7p2qx", Intent(C.REDEEM, code="K7P2QX")),
        ("核销K7P 2QX", Intent(C.REDEEM, code="K7P2QX")),
        ("核销：ｋ７ｐ－２ｑｘ", Intent(C.REDEEM, code="K7P2QX")),
        ("核销 https://example.org/T/ABC234XYZ", Intent(C.REDEEM, code="ABC234XYZ")),
        ("绑定 Ab3-x9Q", Intent(C.BIND, code="Ab3-x9Q")),
        ("绑定Ab3x9Q", Intent(C.BIND, code="Ab3x9Q")),
        ("登录 482913", Intent(C.SIGN_IN, code="482913")),
        ("登录 482 913", Intent(C.SIGN_IN, code="482913")),
        ("停用 3", Intent(C.STOP_STAFF, number=3)),
        ("停用venue-3", Intent(C.STOP_STAFF, number=3)),
        ("邀请 12", Intent(C.INVITE, number=12)),
        ("邀请12、15 和 18", Intent(C.INVITE, number=12, also=(15, 18))),
        ("邀请志愿者 12 15 5月28日", Intent(C.INVITE, number=12, also=(15,), words="5月28日")),
        ("邀请 12 28号", Intent(C.INVITE, number=12, words="28号")),
        ("邀请 12 5.28", Intent(C.INVITE, number=12, words="5.28")),
        ("登陆482913", Intent(C.SIGN_IN, code="482913")),
        ("现场 8", Intent(C.WALK_IN, people=8)),
        ("现场 8 12", Intent(C.WALK_IN, number=12, people=8)),
        ("现场8人", Intent(C.WALK_IN, people=8)),
        ("现场8人 12号", Intent(C.WALK_IN, number=12, people=8)),
        ("现场 +8", Intent(C.WALK_IN, people=8)),
        ("现场八人", Intent(C.WALK_IN, people=8)),
        ("現場 8", Intent(C.WALK_IN, people=8)),
        ("记录 宣传单 300多 份 12", Intent(C.TALLY, words="宣传单 300多 份 12")),
        ("记录 咨询 四百余人次", Intent(C.TALLY, words="咨询 四百余人次")),
        ("统计 旺苍县图书馆", Intent(C.STATS, words="旺苍县图书馆")),
        ("评价 12 5 很好", Intent(C.RATE, number=12, score=5, words="很好")),
        ("评价12 五星 老师讲得好", Intent(C.RATE, number=12, score=5, words="老师讲得好")),
        ("评价 12 4分", Intent(C.RATE, number=12, score=4)),
        ("改 12 到 15", Intent(C.MOVE, number=12, target=15)),
        ("改12到15", Intent(C.MOVE, number=12, target=15)),
        ("把12改到15", Intent(C.MOVE, number=12, target=15)),
        ("12换到15", Intent(C.MOVE, number=12, target=15)),
        ("改到15", Intent(C.MOVE, target=15)),
        ("改 12 一大两小", Intent(C.CHANGE_PARTY, number=12, words="一大两小")),
        ("修改 电话 13800138001", Intent(C.AMEND, words="电话 13800138001")),
        ("改电话13800138001", Intent(C.AMEND, words="电话13800138001")),
        ("添加孩子 乐乐 2019", Intent(C.ADD_DEPENDANT, words="乐乐 2019")),
        ("加孩子乐乐2019", Intent(C.ADD_DEPENDANT, words="乐乐2019")),
        ("添加家庭成員 妞妞 2020年3月", Intent(C.ADD_DEPENDANT, words="妞妞 2020年3月")),
        ("删除孩子 乐乐", Intent(C.REMOVE_DEPENDANT, words="乐乐")),
        ("通过 K7P2QX", Intent(C.APPROVE, code="K7P2QX")),
        ("审核通过k7p-2qx 欢迎", Intent(C.APPROVE, code="K7P2QX", words="欢迎")),
        ("驳回 K7P2QX 名额有限", Intent(C.REJECT, code="K7P2QX", words="名额有限")),
        ("不通过 Ｋ７Ｐ２ＱＸ", Intent(C.REJECT, code="K7P2QX")),
        ("解除暂停 K7P2QX 已核实", Intent(C.LIFT, code="K7P2QX", words="已核实")),
        ("维持 k7p2qx 签到记录已核对", Intent(C.UPHOLD, code="K7P2QX", words="签到记录已核对")),
        ("插队 K7P2QX 1 行动不便", Intent(C.MOVE_IN_LINE, code="K7P2QX", place=1, words="行动不便")),
        ("调整候补 K7P2QX 到第1位 行动不便", Intent(C.MOVE_IN_LINE, code="K7P2QX", place=1, words="行动不便")),
        ("调整候补 K7P2QX 行动不便", Intent(C.MOVE_IN_LINE, code="K7P2QX", words="行动不便")),
        ("申诉 昨天我来了，没扫上", Intent(C.APPEAL, words="昨天我来了,没扫上")),
        ("我要申诉，系统记错", Intent(C.APPEAL, words="系统记错")),
        ("报名 12、15和18", Intent(C.SIGN_UP, number=12, also=(15, 18))),
    ],
)
def test_arguments_are_read_into_their_fields(text: str, intent: Intent) -> None:
    assert recognise(text) == intent


@pytest.mark.parametrize(
    "text",
    ["通过了吗", "可以插队吗", "审核要多久", "通过公众号能报名什么", "增加孩子名额", "驳回是什么意思"],
)
def test_a_question_about_it_decides_nothing(text: str) -> None:
    assert recognise(text).command not in (
        *(C.APPROVE, C.REJECT, C.LIFT, C.MOVE_IN_LINE, C.PENDING),
        *(C.ADD_DEPENDANT, C.REMOVE_DEPENDANT),
    )


@pytest.mark.parametrize(
    ("text", "command", "number"),
    [
        ("报名12 取消 13800138000 一大一小", C.SIGN_UP, 12),
        ("报名 12 签到 13800138000", C.SIGN_UP, 12),
        ("我叫取消，想报名12", C.SIGN_UP, 12),
        ("报名12 姓名：取消 电话：13800138000", C.SIGN_UP, 12),
        ("我叫取消", C.UNKNOWN, None),
        ("姓名：签到", C.UNKNOWN, None),
        ("取消报名12 13800138000", C.CANCEL, 12),
        ("我叫张三，取消12", C.CANCEL, 12),
        ("修改 姓名 取消", C.AMEND, None),
    ],
)
def test_a_name_that_looks_like_a_command_is_a_name(text: str, command: Command, number: int | None) -> None:
    intent = recognise(text)
    assert (intent.command, intent.number) == (command, number)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("报名绘本故事会 138 0013 8000", "绘本故事会 138 0013 8000"),
        ("报名绘本 卡号1234", "绘本 卡号1234"),
        ("报名绘本 证号 GY 1234 5678", "绘本 证号 GY 1234 5678"),
        ("报名5和7岁的孩子", "5和7岁的孩子"),
        ("报名 2019年生 张三", "2019年生 张三"),
        ("报名绘本 参加人数：3人（2大1小）", "绘本 参加人数:3人(2大1小)"),
        ("我想报绘本故事会", "绘本故事会"),
        ("报名人工智能讲座", "人工智能讲座"),
        ("报名周六绘本 张三 13800138000 听从安排，适合5岁吗", "周六绘本 张三 13800138000 听从安排,适合5岁"),
    ],
)
def test_a_sign_up_by_words_keeps_them_and_takes_no_number_from_them(text: str, words: str) -> None:
    intent = recognise(text)
    assert (intent.command, intent.number, intent.maybe_number, intent.words) == (C.SIGN_UP, None, None, words)


@pytest.mark.parametrize(
    ("text", "number"), [("报名12、5岁孩子", 12), ("报名12，5岁的孩子", 12), ("报名12一三八零零一三八零零零张三", 12)]
)
def test_a_number_beside_an_age_or_a_spoken_phone_is_the_occurrence(text: str, number: int) -> None:
    intent = recognise(text)
    assert (intent.command, intent.number) == (C.SIGN_UP, number)


@pytest.mark.parametrize("text", ["绘本故事会,周六,张三,13800138000,2人", "周六上午手工 一三八零零一三八零零零"])
def test_a_title_with_a_phone_is_a_sign_up_though_nobody_said_so(text: str) -> None:
    intent = recognise(text)
    assert (intent.command, intent.guessed) == (C.SIGN_UP, True)


@pytest.mark.parametrize(
    "text",
    [
        "报\u200b名\ufeff12",
        "😀报名😀12😀",
        "报名！！！！12。。。。",
        "报名\n\n\n12\n",
        "【報名】 １２",
        "报名——12",
        "报名~~12～～",
    ],
)
def test_noise_around_a_command_does_not_hide_it(text: str) -> None:
    assert (recognise(text).command, recognise(text).number) == (C.SIGN_UP, 12)


@pytest.mark.parametrize(
    "text", ["同意吗", "同意？", "请问要同意什么", "我同意他的看法", "想同意", "同意 12", "不是很明白这个同意"]
)
def test_consent_is_never_read_out_of_a_sentence(text: str) -> None:
    assert recognise(text).command not in (C.AGREE, C.GUARDIAN_AGREE)


@pytest.mark.parametrize("text", ["是吗？", "确认吗", "对吗", "放弃吗？", "注销吗", "可以吗"])
def test_a_question_promises_nothing(text: str) -> None:
    assert recognise(text).command == C.UNKNOWN


@pytest.mark.parametrize("text", ["我不取消了", "别取消", "不要取消12", "我不想取消"])
def test_a_negated_cancellation_cancels_nothing(text: str) -> None:
    assert recognise(text).command != C.CANCEL


@pytest.mark.parametrize("text", ["好的，确认", "是的确认", "好的好的", "确认无误，没问题"])
def test_a_confirmation_may_be_said_twice(text: str) -> None:
    assert recognise(text).command == C.CONFIRM


@pytest.mark.parametrize("text", ["我同意，谢谢", "好的，同意"])
def test_courtesy_does_not_spoil_a_consent(text: str) -> None:
    assert recognise(text).command == C.AGREE


@pytest.mark.parametrize(
    "text", ["需要报名吗", "要不要报名", "可以不报名直接来吗", "报名什么时候截止", "什么时候开始报名", "报名费多少"]
)
def test_a_question_about_signing_up_gets_help(text: str) -> None:
    assert recognise(text).command == C.HELP


@pytest.mark.parametrize("text", ["登录不了", "绑定读者证", "签到处在哪", "停用词表", "邀请函在哪领"])
def test_words_after_a_staff_command_are_not_a_code(text: str) -> None:
    assert recognise(text).command == C.UNKNOWN


@pytest.mark.parametrize("text", ["张三", "13800138000", "一大一小", "3人", "5岁", "现场在哪", "", " ", "😀", "……"])
def test_answers_and_chatter_are_no_command(text: str) -> None:
    intent = recognise(text)
    assert (intent.command, intent.number, intent.code) == (C.UNKNOWN, None, None)


def test_an_unknown_message_is_kept_whole() -> None:
    assert recognise("張三 😀").words == "張三"


@pytest.mark.parametrize(
    ("text", "guessed"), [("12", True), ("周六", True), ("482913", True), ("报名12", False), ("活动", False)]
)
def test_messages_without_a_command_word_are_marked_as_guessed(text: str, guessed: bool) -> None:
    assert recognise(text).guessed is guessed


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("抱名", C.SIGN_UP),
        ("取肖", C.CANCEL),
        ("我的报明", C.MINE),
        ("入场马", C.TICKET),
        ("帮住", C.HELP),
        ("baomin", C.SIGN_UP),
    ],
)
def test_a_slip_of_the_finger_gets_a_suggestion(text: str, command: Command) -> None:
    assert command in suggest(text)


@pytest.mark.parametrize("text", ["", "。。。", "今年的雨水真不少啊大家保重"])
def test_nothing_near_gets_no_suggestion(text: str) -> None:
    assert suggest(text) == ()


@pytest.mark.parametrize("word", [word for entry in ENTRIES for word in entry.words])
def test_every_keyword_of_the_table_is_recognised(word: str) -> None:
    expected = next(entry.command for entry in ENTRIES if word in entry.words)
    assert recognise(word).command == expected


PIECES = st.sampled_from(
    [
        "报名",
        "12",
        "号",
        "取消",
        "同意",
        "不",
        "签到",
        "482913",
        "活动",
        "周六",
        "第",
        "一",
        "大",
        "3人",
        " ",
        "，",
        "?",
        "改",
        "到",
        "现场",
        "1. ",
        "2. ",
    ]
)


@given(st.text(max_size=300) | st.lists(PIECES, max_size=12).map("".join))
def test_any_text_gives_an_intent(text: str) -> None:
    intent = recognise(text)
    assert intent.command in Command
    assert intent.number is None or 1 <= intent.number <= 9999
    suggest(text)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_no_text_with_a_refusal_is_an_agreement(text: str) -> None:
    assert recognise("不" + text).command not in (C.AGREE, C.GUARDIAN_AGREE)


@pytest.mark.parametrize("filler", ["报", "12", " ", "1. ", "不", "一大", "有没有", "\U0001f600", "周"])
def test_the_longest_message_is_read_at_once(filler: str) -> None:
    started = time.perf_counter()
    recognise(filler * 2048)
    assert time.perf_counter() - started < 1
