"""Several reminders in one message."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.domain.notice import Letter
from bot.texts.notices import cut, template_fields, when, where, word_in_short, word_notice

MAX_BYTES = 1800
"""Of one message: the platform takes 2,048, and a line may grow with an address."""

_SHORTER = (40, 24, 12, 6)
"""Characters of a title and of a place, until all fit."""


def word_bundle(letters: Sequence[Letter], ticket_url: Callable[[int], str]) -> str:
    """The whole message: one notice as ever, several reminders as a list. `ticket_url` takes a registration."""
    if len(letters) == 1:
        return word_notice(letters[0], ticket_url(letters[0].registration_id))
    ordered = _by_start(letters)
    for length in _SHORTER:
        words = _word(ordered, ticket_url, length)
        if len(words.encode()) <= MAX_BYTES:
            break
    return words


def _word(letters: Sequence[Letter], ticket_url: Callable[[int], str], length: int) -> str:
    entries = [
        f"{place}. 《{cut(letter.name, length)}》{letter.people}人\n"
        f"时间：{when(letter)}\n"
        f"地点：{cut(where(letter), length)}\n"
        f"入场短码：{letter.short_code}，来不了请回复「取消 {letter.number}」\n"
        f"入场码：{ticket_url(letter.registration_id)}"
        for place, letter in enumerate(letters, start=1)
    ]
    return "\n\n".join(
        [
            f"【活动提醒】您报名的{len(letters)}场活动快开始了，期待您来：",
            *entries,
            "取消后名额会让给候补的读者；不想再收提醒请回复「提醒 关」。",
        ]
    )


def bundle_fields(letters: Sequence[Letter]) -> dict[str, str]:
    """What a template's fields can be filled with; of several reminders, the earliest start leads."""
    first = _by_start(letters)[0]
    fields = template_fields(first)
    if len(letters) == 1:
        return fields
    head, tail = f"{len(letters)}场活动：《", "》等"
    return {**fields, "title": f"{head}{cut(first.name, 20 - len(head) - len(tail))}{tail}"}


def word_in_lines(letters: Sequence[Letter]) -> str:
    """A line for each, where there is no room for more."""
    return "\n".join(word_in_short(letter) for letter in _by_start(letters))


def _by_start(letters: Sequence[Letter]) -> list[Letter]:
    return sorted(letters, key=lambda letter: (letter.starts_at or letter.due_at, letter.id))
