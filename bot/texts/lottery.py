"""What is said about lotteries: in the chat, on the public page, and how anybody can draw again."""

from __future__ import annotations

from datetime import datetime

from bot.domain.lottery import DrawnEntry, Lot, LotteryResult
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.rules import WaitlistFit
from bot.texts.moments import moment_words, time_words


def already_entered(facts: OccurrenceFacts, number: int, drawn_at: datetime | None) -> str:
    """Again the same: the number there is."""
    return (
        f"您已报名 {facts.number}. {facts.name}，已登记抽签，您的抽签号是{number}号，无需重复登记。\n"
        f"时间：{time_words(facts)}\n{_when_drawn(drawn_at)}结果会通知您。不再参加请发送「取消 {facts.number}」。"
    )


def ask_consent(title: str, privacy_url: str) -> str:
    """Before the first personal datum of an entry."""
    return (
        f"登记《{title}》的抽签前请您知悉：\n"
        "我们需要您的姓名、电话和同行人数，只用于本次活动的联系与签到，活动结束30天后删除姓名和电话。\n"
        f"完整说明：{privacy_url}\n"
        "回复「同意」继续，回复「不同意」则不保存任何信息。"
    )


def _when_drawn(drawn_at: datetime | None) -> str:
    return f"{moment_words(drawn_at)}抽签，" if drawn_at else ""


def places_words(due_at: datetime) -> str:
    """In a list, where else the number of places left would stand."""
    return f"抽签，{moment_words(due_at)}开签"


def own_entry(number: int, due_at: datetime | None) -> str:
    """The line of an entry in 我的."""
    when = f"，{moment_words(due_at)}抽签" if due_at else ""
    return f"抽签号{number}号{when}"


def window_words(facts: OccurrenceFacts, due_at: datetime | None) -> str:
    """From when until when entries are taken."""
    begin = f"{moment_words(facts.opens_at)}起" if facts.opens_at else "现在起"
    return f"{begin}，{moment_words(due_at)}截止并抽签" if due_at else begin


def open_lottery(facts: OccurrenceFacts, due_at: datetime | None, entries: int, own: int | None) -> str:
    """In 详情, while entries are taken."""
    mine = f"，您的抽签号是{own}号" if own is not None else ""
    return f"抽签登记：{window_words(facts, due_at)}\n已登记{entries}组{mine}"


def drawn_lottery(drawn_at: datetime, won: int, entries: int) -> str:
    """In 详情, after the draw."""
    return f"已于{moment_words(drawn_at)}抽签：{entries}组登记，{won}组中签"


def digest_words(digest: str, url: str) -> str:
    """In 详情: the commitment, and where everything is published."""
    return f"种子校验值（SHA-256）：{digest}\n规则与结果公示：{url}"


def outcome_words(entry: DrawnEntry) -> str:
    """What an entry came to, on the public page."""
    match entry.lot:
        case Lot.WON:
            return "中签"
        case Lot.SUBSTITUTE:
            return f"候补第{entry.place}位"
        case Lot.LOST:
            return "未中签"
        case _:
            if entry.same_as is not None:
                return f"不参加：与{entry.same_as}号为同一家庭"
            return "不参加：该家庭在同一系列已有名额"


def seats_words(result: LotteryResult) -> str:
    """How many units of the quota were drawn for."""
    return "不限" if result.seats is None else str(result.seats)


FIT_WORDS = {
    WaitlistFit.WAIT: "轮到的一组人数超过剩余名额时，从这一组起依次进入候补，后面的不能越过。",
    WaitlistFit.PASS: "轮到的一组人数超过剩余名额时，这一组进入候补，后面人数较少的可以先中签。",
}
"""What happens to a party that does not fit any more."""

METHOD = (
    "登记开始时，系统随机抽取一个种子并封存，当场公布它的校验值（SHA-256）；抽签后公布种子，种子对不上校验值就说明被换过。",
    "每组登记按先后得到 1、2、3……号。取消的号作废，不再使用，公布在结果里。",
    "抽签时，对每个号计算“种子:号码”（如 3f…a0:7）的 SHA-256，按算出的结果从小到大排出顺序。",
    "按这个顺序依次发放名额，每组按报名人数占用名额，发完为止；其余按同一顺序候补。",
    "一个家庭（同一微信号或同一电话）算一组，重复登记只有最早的一个号参加；同一系列活动每家只中一次，已有名额的不再参加。",
)
"""The method in steps, as the public page tells it."""

SNIPPET = """\
import hashlib, json, sys
r = json.load(open(sys.argv[1], encoding="utf-8"))
sha = lambda text: hashlib.sha256(text.encode()).hexdigest()
assert sha(r["seed"]) == r["digest"], "seed"
drawn = {e["entry"]: e for e in r["entries"]}
assert sorted([*drawn, *r["withdrawn"]]) == list(range(1, r["given"] + 1)), "numbers"
left, go_on = r["seats"], True
for rank, n in enumerate(sorted(drawn, key=lambda n: sha(f"{r['seed']}:{n}")), 1):
    e = drawn[n]
    assert e["rank"] == rank, n
    if e["outcome"] != "set_aside":
        fits = left is None or e["units"] <= left
        assert (e["outcome"] == "won") == (go_on and fits), n
        left = left - e["units"] if go_on and fits and left is not None else left
        go_on = go_on and (fits or r["fit"] == "pass")
print("ok")
"""
"""A program that draws again from the published file; it runs as it stands."""
