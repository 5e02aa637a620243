"""Questions that readers ask back, and their answers: what it costs, what the phone is for, whom else to ask.

Patterns match simplified text that `tidy` has prepared.
"""

from __future__ import annotations

import re

from bot.domain.occurrence import OccurrenceFacts
from bot.texts.moments import place_words, time_words

_COSTS = re.compile(
    r"(?:要|用|需要?|收)(?:不要|不用|不收)?(?:钱|费|交钱|付费|花钱)|收费|免费|付费|票价|费用|(?:要|得)?多少钱|花钱"
)
_WHY_DATA = re.compile(
    r"(?:为什么|为啥|为何|凭什么|干嘛|干吗|怎么还?)(?:一定|非|还)*(?:要|需要|得|问|填|留|收集|登记)*我?的?"
    r"(?:电话|手机|号码|姓名|名字|年龄|岁数|信息|个人信息|隐私)"
    r"|(?:电话|手机|号码|姓名|名字|年龄|信息).{0,4}(?:干什么|干嘛|干吗|做什么|做啥|干啥|有什么用|泄露|安全吗)"
    r"|(?:不|能不能不|可以不|必须|一定要)(?:留|填|给|写)(?:电话|手机|姓名|名字|年龄)"
)
_ASK_THE_LIBRARY = re.compile(
    r"(?:带|进)(?:狗|猫|宠物|小狗|小猫)|宠物|停车|车位|(?:几点|什么时候|何时)(?:开门|开馆|关门|闭馆|上班|下班)|开放时间|开馆时间|闭馆"
    r"|(?:你们|图书馆|馆里?)的?(?:电话|座机|地址)|电话(?:号码?)?(?:是|有)?多少|(?:你们|图书馆)(?:在|怎么去)"
    r"|(?:要|用|需要|该)带(?:什么|啥|哪些)|迟到|提前(?:多久|多长时间)|下雨|(?:能|可以|能不能|可不可以)带(?:老人|老公|老婆|家人|朋友|同学)吗"
    r"|wi-?fi|无线网|借书|还书|续借|办(?:一?张|个)?(?:读者|借书|借阅)?[证卡]|(?:有没有|有|能)(?:吃|饭|水喝|餐|充电|存包|寄存)"
)


_WHERE_AND_WHEN = re.compile(
    r"(?:活动|这场|本场|那|是)*(?:在哪里?|在哪儿|在什么地方|什么地方|哪里|哪儿|地点|地址|怎么去|怎么走|几点钟?|什么时候|何时|啥时候|时间"
    r"|几号|哪天|多久|多长时间)(?:开始|结束|举行|办|到|是什么|是哪里?|在哪里?)*"
)


def asks_where_or_when(plain: str, *, anywhere: bool = False) -> bool:
    """Whether a message asks for place or time and names no occurrence: the one that is talked about is meant.

    `anywhere`: beside other words.
    """
    if anywhere:
        return _WHERE_AND_WHEN.search(plain) is not None
    return _WHERE_AND_WHEN.fullmatch(re.sub(r"[\W_]+|[啊呀呢吗哦的]", "", plain)) is not None


_ANGRY = re.compile(
    r"垃圾(?!分类|处理|回收)|破(?:系统|玩意|公众号|软件)|什么玩意|太差劲?|坑人|骗人|气死|傻[逼叉]|妈的|有病吧|烂透|难用|滚蛋|滚开"
)


def is_question_back(plain: str) -> bool:
    """Whether a message asks something that has an answer here."""
    return asks_where_or_when(plain) or any(
        pattern.search(plain) for pattern in (_WHY_DATA, _COSTS, _ASK_THE_LIBRARY, _ANGRY)
    )


def answer_back(plain: str, contact: str, privacy_url: str) -> str:
    """The answer; `contact` is the library's, empty where none was entered."""
    if _ANGRY.search(plain):
        call = f"，或致电{contact}" if contact else ""
        return f"给您添麻烦了，很抱歉。哪里不好用，请发送「人工」加内容告诉我们{call}，工作人员会处理。"
    if _WHY_DATA.search(plain):
        return (
            "电话只用于活动变动时联系您，姓名用于到场核对，年龄只用于核对是否适合参加；"
            f"活动结束30天后删除，您也可随时发送「撤回同意」。\n完整说明：{privacy_url}"
        )
    if asks_where_or_when(plain):
        return "请告诉我是哪一场：发送编号（如「12」）看时间和地点，发送「活动」查看编号。"
    call = f"请致电{contact}，或" if contact else "请"
    if _COSTS.search(plain):
        return f"图书馆的活动一般免费，另有规定的会写在活动详情里（发送编号查看）。拿不准{call}发送「人工」加问题。"
    return f"这个问题要问图书馆的工作人员：{call}发送「人工」加问题，上班时间会回复您。"


def where_and_when(facts: OccurrenceFacts) -> str:
    """Time and place of the occurrence that is talked about."""
    return f"{facts.name}\n时间：{time_words(facts)}\n地点：{place_words(facts)}"


_SAID_IN_GREETING = re.compile(r"(?:你好|您好|在吗|有人吗|早上好|上午好|下午好|晚上好|嗨|hi|hello)+[呀啊哦吗]?")


def is_greeting(plain: str) -> bool:
    """A hello and nothing else: the short welcome answers it, not the long help."""
    return _SAID_IN_GREETING.fullmatch(re.sub(r"[\W_]+", "", plain.lower())) is not None
