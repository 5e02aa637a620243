"""A sign-up in free words: recognised, read into its slots, ranked against the programme and decided by the rules, in
this process."""

from __future__ import annotations

import time
from datetime import date, timedelta
from datetime import time as clock_time
from itertools import product

from bot.conversation.intents import recognise
from bot.conversation.slots import parse_slots
from bot.conversation.titles import find_meant
from bot.domain.clock import at_local
from bot.domain.eligibility import AgeMismatch, Applicant, History, Overlaps, OwnPlace, decide_sign_up
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.rules import rules_of
from tests.bench.report import Line, below
from tests.factories import open_occurrence

OCCURRENCES, SENTENCES, BAR_MS = 200, 200, 10.0
TODAY = date(2026, 5, 27)
NOW = at_local(TODAY, clock_time(8))
RULES = rules_of({"age_min": 5, "age_max": 8, "adults_min": 1, "children_min": 1, "quota_unit": "families"})
HISTORY = History(
    tuple(
        OwnPlace(id, id, 1, id, "活动", at_local(TODAY, clock_time(9)), at_local(TODAY, clock_time(10)), False, None)
        for id in range(1001, 1006)
    )
)
_KINDS = (
    "绘本故事会",
    "手工课",
    "科学实验",
    "健康讲座",
    "诗歌朗诵",
    "书法体验",
    "观影会",
    "围棋课",
    "剪纸课",
    "读书沙龙",
)
_THEMES = ("亲子", "少儿", "春日", "英文", "经典", "周末", "红色", "非遗", "古诗", "家乡")
_DAYS = "一二三四五六日"


def measure_sentences() -> list[Line]:
    """The wait for one sentence that names title, day, name, phone, party and ages; each is met for the first time.

    Once as far as the occurrences that are meant, and once with the rules applied to each of them: the party, the ages,
    the reader's other places.
    """
    programme = [_occurrence(number) for number in range(1, OCCURRENCES + 1)]
    reading, deciding = [], []
    for number in range(SENTENCES):
        began = time.perf_counter()
        words = recognise(_sentence(number)).words
        slots = parse_slots(words, title_expected=True)
        found = find_meant(words, programme, TODAY).found
        read = time.perf_counter()
        applicant = Applicant(Party(slots.adults or 0, slots.children or 0), slots.ages)
        refusals = [decide_sign_up(facts, applicant, HISTORY, NOW) for facts in found]
        ended = time.perf_counter()
        assert found
        assert all(refusal is None or isinstance(refusal, AgeMismatch | Overlaps) for refusal in refusals), refusals
        reading.append(1000 * (read - began))
        deciding.append(1000 * (ended - began))
    what = f"a free sentence read and ranked against {OCCURRENCES} open occurrences"
    return [*_lines(what, reading), *_lines(f"{what}, and decided", deciding)]


def _lines(what: str, waits: list[float]) -> list[Line]:
    waits.sort()
    return [
        below(what, waits[len(waits) // 2], BAR_MS, "ms"),
        Line("  slowest of a hundred", f"{waits[len(waits) * 99 // 100]:.1f} ms"),
    ]


def _sentence(number: int) -> str:
    theme, kind = list(product(_THEMES, _KINDS))[number % 100]
    return (
        f"你好我想报名周{_DAYS[number % 7]}上午的{theme}{kind}，张小{chr(0x5000 + number)}妈妈，"
        f"电话一三八零零{number:06d}，一个大人两个小孩，孩子{number % 9 + 3}岁和{number % 7 + 3}岁，谢谢！"
    )


def _occurrence(number: int) -> OccurrenceFacts:
    theme, kind = list(product(_THEMES, _KINDS))[number % 100]
    starts_at = at_local(TODAY + timedelta(days=number % 7), clock_time(9 + number % 10))
    label, venue = f"第{number // 100 + 1}场", f"{number % 5 + 1}楼"
    return open_occurrence(number, f"{theme}{kind}", starts_at, label=label, venue=venue, rules=RULES)
