"""What a reader's own pages say: how to get in, what is in the way, and what became of a form."""

from __future__ import annotations

PAGES_COMMAND = "网页"

PROBLEMS = {
    "unknown": ("请从公众号打开", "这里是您自己的报名和家庭成员，先要知道是您本人。"),
    "stranger": ("请先关注公众号", "这个微信还没有关注我们，所以没有您的报名。关注后在公众号发送“我的”，再打开本页。"),
    "state": ("请重新打开这个页面", "打开的时间太久，或者链接是别人转来的。点下面的按钮重新进入。"),
    "used": ("请重新打开这个页面", "这次进入已经用过了。点下面的按钮重新进入。"),
    "slow": ("微信那边没有回应", "稍等几秒，点下面的按钮再试一次。您的报名不受影响。"),
    "snapshot": (
        "请点“使用完整服务”",
        "微信现在给您看的是预览，不知道您是谁。请点屏幕下方的“使用完整服务”，再继续。",
    ),
    "no_right": ("请从公众号打开", "公众号暂时不能自动认出您。"),
    "link": ("这个链接不能用了", "链接十分钟内有效，只能用一次。"),
    "links": ("请稍等一分钟", "短时间内打不开的链接太多了。一分钟后再试，或在公众号发送“网页”拿一个新链接。"),
    "elsewhere": ("这个操作不是从本站发来的", "没有做任何改动。请从公众号重新打开页面，再操作一次。"),
    "form": ("页面已经过期", "没有做任何改动。请返回上一页，刷新后再操作一次。"),
    "child": ("没有找到这个孩子", "可能已经删除了。请回到家庭成员页面看一看。"),
}
"""Headline and advice of what is in the way of a reader's page."""


def page_link(url: str) -> str:
    """网页: the link to the reader's own pages."""
    return (
        f"这是您自己的网页，可以看报名、登记孩子，电脑上也能打开：\n{url}\n"
        "十分钟内有效，只能用一次，请不要转发。过期了再发送「网页」。"
    )


FAULTS = {
    "NicknameUnfit": ("nickname", "小名请写 1 到 10 个字，只用汉字或字母，如“乐乐”。"),
    "NotAChild": ("birth_year", "出生年份不像是孩子的，请写四位数字，如“2019”。大人不用登记。"),
    "NicknameTaken": ("nickname", "已经登记过这个小名了。两个孩子小名相同，可以加一个字。"),
    "privacy": ("privacy", "请先勾选同意隐私说明；不同意就不保存任何信息。"),
    "guardian": ("guardian", "请勾选监护人同意；不同意就不保存孩子的任何信息。"),
}
"""What is wrong with a form, by outcome: beside which field it stands, and the words."""


def family_full(most: int) -> str:
    """No room for another child."""
    return f"最多登记 {most} 个孩子，删除一个后才能再添加。"


DONE = {
    "added": "已登记。以后报名说小名就行，如“报名 12 {nickname}”。",
    "changed": "已更正。已有报名里的年龄不变。",
    "removed": "已删除。已有的报名不受影响。",
}
"""What became of a form."""

ONCE = {
    "granted": ("好的，会提醒您一次", "这一场有变动或快开始时，微信会给您发一条消息。"),
    "refused": ("好的，不会另外提醒", "您的报名不受影响。想看进度，请在公众号发送“我的”。"),
    "lapsed": ("这次没有记上", "打开的时间太久了。请回到入场码页面，再点一次“允许提醒我一次”。"),
    "other": ("这张入场码是别人的", "只有报名的微信才能要提醒。您自己的入场码请在公众号发送“我的”查看。"),
}
"""What became of the question for one message: headline and advice."""
