"""The words readers and staff type for each command, and the help that is printed from the same table."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import cache


class Command(StrEnum):
    """What a message asks for. The values are stable names for logs and tests, never shown to a user."""

    HELP = "help"
    LIST = "list"
    DETAIL = "detail"
    SIGN_UP = "sign_up"
    WAITLIST = "waitlist"
    CANCEL = "cancel"
    MINE = "mine"
    TICKET = "ticket"
    CHECK_IN = "check_in"
    RATE = "rate"
    MOVE = "move"
    CHANGE_PARTY = "change_party"
    AMEND = "amend"
    MORE = "more"
    BACK = "back"
    REDO = "redo"
    QUIT = "quit"
    THANKS = "thanks"
    CONFIRM = "confirm"
    GIVE_UP = "give_up"
    AGREE = "agree"
    DISAGREE = "disagree"
    GUARDIAN_AGREE = "guardian_agree"
    REMINDERS_ON = "reminders_on"
    REMINDERS_OFF = "reminders_off"
    MY_DATA = "my_data"
    MY_PAGES = "my_pages"
    WITHDRAW_CONSENT = "withdraw_consent"
    WITHDRAW_GUARDIAN = "withdraw_guardian"
    ERASE = "erase"
    PERSON = "person"
    BIND = "bind"
    SIGN_IN = "sign_in"
    SCANNER = "scanner"
    SIGN_OUT = "sign_out"
    STAFF = "staff"
    STOP_STAFF = "stop_staff"
    UNREACHED = "unreached"
    INVITE = "invite"
    REDEEM = "redeem"
    SHEET = "sheet"
    POSTER = "poster"
    WALK_IN = "walk_in"
    TALLY = "tally"
    MEDIA = "media"
    NOTE = "note"
    PHOTO = "photo"
    UNDO = "undo"
    TODAY = "today"
    STATS = "stats"
    LOOK_MINORS = "look_minors"
    APPROVE_LOOK = "approve_look"
    REPORT = "report"
    CORRECT = "correct"
    CONFIRM_FIGURES = "confirm_figures"
    FAMILY = "family"
    ADD_DEPENDANT = "add_dependant"
    REMOVE_DEPENDANT = "remove_dependant"
    PLACE_IN_LINE = "place_in_line"
    STANDING = "standing"
    APPEAL = "appeal"
    PENDING = "pending"
    APPROVE = "approve"
    REJECT = "reject"
    LIFT = "lift"
    UPHOLD = "uphold"
    MOVE_IN_LINE = "move_in_line"
    ASK_BACK = "ask_back"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the keyword table.

    `words` alone make the command; `example` is what the help prints; readers and staff each see their own rows.
    """

    command: Command
    words: tuple[str, ...]
    example: str
    help: str
    reader: bool = True
    staff: bool = False


def _reader(command: Command, words: str, example: str, help_text: str) -> Entry:
    return Entry(command, tuple(words.split()), example, help_text)


def _staff(command: Command, words: str, example: str, help_text: str) -> Entry:
    return Entry(command, tuple(words.split()), example, help_text, reader=False, staff=True)


ENTRIES: tuple[Entry, ...] = (
    _reader(
        Command.LIST,
        "活动 活动列表 活动预告 活动安排 近期活动 最近活动 最新活动 全部活动 所有活动 图书馆活动 查看活动 "
        "看活动 查活动 有什么活动 "
        "有啥活动 有哪些活动 最近有什么活动 近期有什么活动 都有什么活动 活动有哪些 节目单 列表 日程 list",
        "活动 周六 少儿",
        "看可以报名的活动，可加日期、馆名或对象",
    ),
    _reader(Command.DETAIL, "详情 活动详情 查看详情", "12", "看 12 号场次的时间、地点和名额"),
    _reader(
        Command.SIGN_UP,
        "报名 报 报个名 预约 预定 预订 参加 登记 报名参加 我要报名 活动报名 报名活动 参加活动 预约活动 "
        "在线报名 接龙 baoming",
        "报名 12",
        "报名，也可一次写全：报名 12 张三 电话 一大一小",
    ),
    _reader(Command.WAITLIST, "候补 排队 排候补 加入候补 候补报名 排队候补", "候补 12", "满员后排候补"),
    _reader(
        Command.CANCEL,
        "取消 取消报名 取消预约 取消活动 取消候补 退订 退报 退票 退掉 退出报名 退出活动 不去了 不去 去不了 "
        "我不去了 我去不了 不来了 "
        "来不了 我不来了 我来不了 不报了 不报名了 不参加了 参加不了 不想去了 不想参加了 不能去了 不能参加了 "
        "没空去 请假 quxiao",
        "取消 12",
        "取消报名，名额让给候补读者",
    ),
    _reader(
        Command.MINE,
        "我的 我的报名 我的预约 我的活动 我的候补 我的登记 查询 查询报名 查报名 查询预约 报名查询 报名记录 "
        "查看报名 查看我的报名 "
        "报名结果 报名情况 我报了什么 我报名了什么 我报的活动 我报名的活动 已报名 已报活动 wode",
        "我的",
        "看自己的报名和入场码",
    ),
    _reader(
        Command.TICKET,
        "票 入场码 入场券 入场票 入场二维码 二维码 门票 电子票 取票 看票 签到码 我的票 我的入场码 我的二维码 "
        "我的门票 我的电子票 凭证 "
        "报名凭证",
        "入场码 12",
        "取入场二维码",
    ),
    _reader(
        Command.CHECK_IN,
        "签到 扫码签到 我要签到 打卡 签个到 我到了 已到",
        "签到 482913",
        "输入场地屏幕上的六位数字签到",
    ),
    _reader(Command.RATE, "评价 评分 打分 点评", "评价 12 5 很好", "活动后打 1–5 分，写一句感受"),
    _reader(Command.MOVE, "改 改期 改签 换场 改场次 换场次", "改 12 到 15", "换到另一场，换成才退原场"),
    _reader(Command.CHANGE_PARTY, "改人数 修改人数 变更人数", "改 12 一大两小", "修改同行人数"),
    _reader(
        Command.AMEND,
        "修改 更正 修改信息 修改资料 改电话 修改电话 改手机号 修改手机号 换电话 改名字 修改姓名 改姓名",
        "修改 电话 新号码",
        "更正自己的姓名或电话",
    ),
    _reader(
        Command.REMINDERS_ON, "提醒开 开提醒 打开提醒 开启提醒 恢复提醒 提醒我 需要提醒", "提醒 开", "打开活动提醒"
    ),
    _reader(
        Command.REMINDERS_OFF,
        "提醒关 关提醒 关闭提醒 关掉提醒 取消提醒 停止提醒 不要提醒 不用提醒 别提醒 不再提醒 不需要提醒 别发通知 td",
        "提醒 关",
        "关闭活动提醒",
    ),
    _reader(
        Command.MY_DATA,
        "我的信息 我的资料 我的数据 个人信息 我的个人信息 查看我的信息 你们存了什么",
        "我的信息",
        "看本馆保存的您的全部信息",
    ),
    _reader(Command.MY_PAGES, "网页 我的网页 打开网页 网页版 我的页面", "网页", "打开自己的网页：看报名、登记孩子"),
    _reader(
        Command.WITHDRAW_CONSENT,
        "撤回同意 撤销同意 收回同意 撤回我的同意 取消同意 撤回授权 取消授权",
        "撤回同意",
        "撤回个人信息使用同意",
    ),
    _reader(
        Command.WITHDRAW_GUARDIAN,
        "撤回监护人同意 撤销监护人同意 收回监护人同意 取消监护人同意 撤回家长同意",
        "撤回监护人同意",
        "删除孩子的信息，其他不变",
    ),
    _reader(
        Command.ERASE,
        "注销 注销账号 注销帐号 注销账户 删除账号 删除我的信息 删除我的数据 删除我的资料 删除个人信息 "
        "删除我的个人信息 清空我的信息 清除我的信息",
        "注销",
        "删除全部个人信息",
    ),
    _reader(
        Command.PERSON,
        "人工 人工服务 转人工 客服 人工客服 找人工 找工作人员 联系你们 联系方式 联系电话 投诉 意见 建议",
        "人工",
        "请工作人员联系您",
    ),
    _reader(Command.FAMILY, "家庭成员 我的孩子 我的家人 我的家庭 我的家庭成员 家庭 家人", "家庭成员", "看已登记的孩子"),
    _reader(
        Command.ADD_DEPENDANT,
        "添加孩子 加孩子 增加孩子 新增孩子 添加家庭成员 增加家庭成员 添加小孩 添加宝宝",
        "添加孩子 乐乐 2019",
        "登记孩子的昵称和出生年份",
    ),
    _reader(
        Command.REMOVE_DEPENDANT,
        "删除孩子 删掉孩子 移除孩子 删除家庭成员 删除小孩 删除宝宝",
        "删除孩子 乐乐",
        "删除登记的孩子",
    ),
    _reader(
        Command.PLACE_IN_LINE,
        "候补第几 排第几 候补进度 候补情况 候补位置 排队进度 我排第几 候补排第几 排到第几了 我排到第几了",
        "候补进度 12",
        "看候补排到第几位",
    ),
    _reader(
        Command.STANDING,
        "我的信用 信用 信用记录 信用分 爽约 爽约记录 我的爽约 爽约次数 缺席记录",
        "我的信用",
        "看爽约记录和报名限制",
    ),
    _reader(Command.APPEAL, "申诉 我要申诉 爽约申诉", "申诉 情况说明", "对爽约记录或暂停报名提出申诉"),
    _reader(Command.MORE, "更多 下一页 继续 还有吗 还有呢 往下 more", "更多", "看下一页"),
    _reader(
        Command.BACK,
        "返回 上一步 后退 上一页 回去",
        "返回",
        "离开当前的问题",
    ),
    _reader(Command.REDO, "重填 重新填 重新填写 不确认 填错了 写错了 错了 不对 不是", "重填", "重新填写"),
    _reader(
        Command.THANKS,
        "谢谢 谢谢您 谢谢你 谢谢啦 谢谢哈 谢谢了 谢谢老师 谢谢大家 谢啦 好的谢谢 好的谢谢您 好的谢谢你 好谢谢 多谢 谢了 感谢 非常感谢 太感谢了 辛苦了 收到 知道了 明白了 了解了 再见 拜拜 好的再见 好的收到 好的知道了 thanks",
        "谢谢",
        "不客气",
    ),
    _reader(
        Command.ASK_BACK,
        "要钱吗 要钱不 收费吗 收费不 免费吗 多少钱 要多少钱 费用",
        "要钱吗",
        "问费用、地址、电话的用处",
    ),
    _reader(Command.QUIT, "退出 结束 算了 不弄了 关闭 停止 exit quit", "退出", "结束当前填写"),
    _reader(
        Command.CONFIRM,
        "确认 确定 是 是的 好 好的 好滴 好嘞 对 对的 没错 没问题 可以 可以的 行 行的 嗯 嗯嗯 嗯好 确认报名 "
        "确认参加 确认取消 确认无误 "
        "确认候补 信息正确 正确 ok okay yes y",
        "确认",
        "确认刚才的问题",
    ),
    _reader(
        Command.GIVE_UP,
        "放弃 放弃名额 放弃候补 我放弃 不要 不要了 不用 不用了 不需要 不需要了 不候补 不候补了 不排了 "
        "不取消 不取消了 先不取消 别取消 不 否 no n",
        "放弃",
        "放弃候补名额",
    ),
    _reader(Command.AGREE, "同意", "同意", "同意个人信息使用说明"),
    _reader(Command.DISAGREE, "不同意 我不同意 拒绝 不接受", "不同意", "不提供个人信息"),
    _reader(Command.GUARDIAN_AGREE, "监护人同意", "监护人同意", "为孩子单独同意"),
    _reader(
        Command.HELP,
        "帮助 菜单 功能 指令 命令 说明 使用说明 使用帮助 怎么用 怎么操作 如何使用 怎么报名 如何报名 在吗 "
        "早上好 上午好 下午好 晚上好 有人吗 你好 您好 hi hello "
        "嗨 help menu bangzhu 开始 首页 主菜单 0 ? ??",
        "帮助",
        "看全部说明",
    ),
    _staff(Command.BIND, "绑定 绑定工作人员", "绑定 邀请码", "用邀请码绑定工作人员身份"),
    _staff(Command.SCANNER, "扫码 扫描 扫码页 扫描页 打开扫码 打开扫码页 扫码链接", "扫码", "打开网页扫码，没网也能用"),
    _staff(Command.REDEEM, "核销 验票 核票 检票", "核销 K7P2QX", "凭短码核销；纸质名单可一次发多个码补录"),
    _staff(Command.SHEET, "签到表 打印签到表 纸质名单", "签到表 12", "打印签到表，活动后补录"),
    _staff(Command.POSTER, "海报 打印海报 活动海报 宣传海报", "海报 12", "活动海报，可打印或发群"),
    _staff(Command.WALK_IN, "现场 现场参加 现场人数", "现场 8 [12]", "登记现场参加人数，可注明场次"),
    _staff(Command.TALLY, "记录 台账 记一笔 登记台账", "记录 宣传单 300多 份", "记台账，可在末尾注明场次"),
    _staff(Command.MEDIA, "媒体 媒体宣传 媒体报道 宣传报道", "媒体 广元晚报 《标题》 5月28日", "记媒体宣传，可附网址"),
    _staff(Command.NOTE, "备注 备忘 记一句", "备注 12 要记的话", "记给写总结的人看"),
    _staff(Command.PHOTO, "照片 图片 活动照片", "照片 12 说明", "先发照片，再写说明，用于总结"),
    _staff(
        Command.UNDO,
        "撤销 撤回 撤消 撤销签到 取消签到 撤销核销",
        "撤销",
        "十分钟内撤销自己的上一次操作；主管可「撤销 K7P2QX 原因」",
    ),
    _staff(Command.TODAY, "今日 今日统计 今天统计 今日数据 今日情况 今日人数", "今日", "今天的签到和人次"),
    _staff(Command.STATS, "统计 统计数据 数据统计 总统计", "统计 馆名", "活动周累计数字"),
    _staff(Command.SIGN_IN, "登录 登陆 扫码登录", "登录 482913", "登录显示这个登录码的网页"),
    _staff(Command.SIGN_OUT, "退出登录 退出登陆 登出 注销登录 全部退出登录", "退出登录", "结束自己所有设备上的登录"),
    _staff(Command.INVITE, "邀请 邀请工作人员 邀请志愿者", "邀请 12 15 今天", "邀请一位场地工作人员，只管这几场"),
    _staff(Command.STAFF, "工作人员 工作人员名单 人员名单 员工", "工作人员", "看本馆工作人员和他们的设备"),
    _staff(Command.STOP_STAFF, "停用 停用工作人员", "停用 3", "结束 venue-3 的身份和所有登录"),
    _staff(
        Command.UNREACHED, "未送达 未送达通知 通知未送达 没收到通知", "未送达", "看哪些读者没收到通知，打电话或再发一次"
    ),
    _staff(Command.PENDING, "审核 待审核 待审 审批 待审批 审核列表 待审核列表", "审核 [12]", "看等待审核的报名"),
    _staff(Command.APPROVE, "通过 审核通过 批准", "通过 K7P2QX", "通过一份报名申请"),
    _staff(Command.REJECT, "驳回 不通过 审核不通过", "驳回 K7P2QX 原因", "驳回一份报名申请"),
    _staff(Command.LIFT, "解除暂停 解除限制 恢复报名资格", "解除暂停 K7P2QX 原因", "解除读者的暂停报名"),
    _staff(Command.UPHOLD, "维持 维持暂停 维持原判", "维持 K7P2QX 原因", "核对申诉后维持原来的处理"),
    _staff(Command.MOVE_IN_LINE, "插队 调整候补", "调整候补 K7P2QX 1 原因", "调整候补位置，原因记入日志"),
    _staff(Command.LOOK_MINORS, "查看名单 儿童名单 看名单", "查看名单 12 原因", "看儿童的小名和年龄，须主管批准"),
    _staff(Command.APPROVE_LOOK, "批准名单 待批准名单 名单申请", "批准名单 7", "批准同事查看儿童名单"),
    _staff(
        Command.CORRECT,
        "更正数据 更正数字 更正台账 数据更正",
        "更正 现场 12 80 改为 85 原因 点错",
        "更正现场人数、台账、签到人数；定稿后由主管办理",
    ),
    _staff(
        Command.CONFIRM_FIGURES,
        "核对 核对数据 核对数字 数据核对 核对台账",
        "核对",
        "看本馆数字，无误请回复「核对 无误」",
    ),
    _staff(Command.REPORT, "周报 报表 总结报告 统计报告", "周报", "最新总结报告的链接和主要数字"),
)


@cache
def keywords() -> dict[str, Command]:
    """Every word that alone makes a command, in the form that `normalise` gives (simplified, lower case)."""
    return {word: entry.command for entry in ENTRIES for word in entry.words}


@cache
def entry_of(command: Command) -> Entry | None:
    """The table's row of a command; None for UNKNOWN."""
    return next((entry for entry in ENTRIES if entry.command == command), None)


# The help shows what most people need first; answers to a question (确认, 同意) are taught where they are asked.
_HELP_FOR_READERS = (
    Command.LIST,
    Command.DETAIL,
    Command.SIGN_UP,
    Command.CANCEL,
    Command.WAITLIST,
    Command.MINE,
    Command.TICKET,
    Command.CHECK_IN,
    Command.PLACE_IN_LINE,
    Command.RATE,
    Command.MOVE,
    Command.CHANGE_PARTY,
    Command.FAMILY,
    Command.ADD_DEPENDANT,
    Command.REMOVE_DEPENDANT,
    Command.STANDING,
    Command.APPEAL,
    Command.REMINDERS_OFF,
    Command.MY_PAGES,
    Command.MY_DATA,
    Command.AMEND,
    Command.WITHDRAW_CONSENT,
    Command.ERASE,
    Command.PERSON,
)


def help_line(command: Command) -> str:
    """One line of help: what to send, then what it does. Raises KeyError for a command without a row."""
    entry = entry_of(command)
    if entry is None:
        raise KeyError(command)
    return f"{entry.example} → {entry.help}"


def help_text_lines(*, staff: bool = False, served: Collection[Command] = tuple(Command)) -> tuple[str, ...]:
    """The lines of the help: the reader's commands, and after them the staff's for staff.

    Only commands in `served` are taught, so that the help never names what has no handler yet.
    """
    taught = [*_HELP_FOR_READERS, *(entry.command for entry in ENTRIES if entry.staff and staff)]
    return tuple(help_line(command) for command in taught if command in served)
