"""Histories of a door by chance: what several phones did, how they bring it, and what it comes to by books of our own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hypothesis import strategies as st

PARTIES = {"f0": 1, "f1": 2, "f2": 3, "f3": 4, "p0": 2, "p1": 3, "waits": 2, "gone": 2, "other": 3}
"""Who holds a ticket, and with how many: f and p have a place here, `other` at another occurrence."""
WITH_PLACE = ("f0", "f1", "f2", "f3", "p0", "p1")
OFFLINE = ("f0", "f1", "f2", "f3", "waits", "gone", "other", "ZZZZZ2", "ZZZZZ3")
"""Whose tickets are scanned without network; the last two are no tickets."""
REFUSED = ("waits", "gone", "other", "ZZZZZ4")
OFFSETS_MIN = (0, -12 * 60, 3 * 365 * 1440, -40 * 365 * 1440)
"""How wrong the clock of each phone is: on the evening before, years ahead, in the last century."""


@dataclass(frozen=True)
class Done:
    """One act. `minute`: when it was; `phone`: by which; `people` as staff said it."""

    serial: int
    phone: int
    minute: int
    kind: str
    code: str = ""
    people: int | None = None
    admitted: bool = True
    of: int = -1


@dataclass(frozen=True)
class Books:
    """What a history comes to."""

    came: int
    checkins: int
    walk_ins: int
    leaflets: int


@dataclass(frozen=True)
class Upload:
    """Some acts of one phone in one request. `late`: minutes after the doors; `online`: the phone asks and waits."""

    acts: tuple[Done, ...]
    late: int
    online: bool = False


@st.composite
def histories(draw: st.DrawFn) -> tuple[Done, ...]:
    """What three phones did at minutes 0 to 9, and what they asked online at minute 10."""
    done: list[Done] = []

    def add(kind: str, minute: int, phone: int, **more: object) -> None:
        done.append(Done(len(done), phone, minute, kind, **more))  # type: ignore[arg-type]

    phones, minutes, heads = st.integers(0, 3), st.integers(0, 9), st.one_of(st.none(), st.integers(1, 5))
    for _ in range(draw(st.integers(1, 8))):
        add("scan", draw(minutes), draw(phones), code=draw(st.sampled_from(OFFLINE)), people=draw(heads))
    for _ in range(draw(st.integers(0, 3))):
        add("walk_in", draw(minutes), draw(phones), people=draw(st.integers(1, 10)))
    for _ in range(draw(st.integers(0, 3))):
        add("tally", draw(minutes), draw(phones), people=draw(st.integers(1, 500)))
    for _ in range(draw(st.integers(0, 4))):
        of = draw(st.sampled_from(done))
        by = of.phone if draw(st.booleans()) else draw(phones)
        if of.kind != "undo":
            add("undo", of.minute + draw(st.integers(0, 12)), by, of=of.serial)
    for code in ("p0", "p1"):  # asked online: what they were told is part of what happened
        if draw(st.booleans()):
            add("scan", 10, draw(phones), code=code, people=draw(st.integers(1, 4)), admitted=False)
            if draw(st.booleans()):
                add("undo", 12, done[-1].phone, of=done[-1].serial)
            elif draw(st.booleans()):
                add("scan", draw(minutes), draw(phones), code=code, people=draw(st.integers(1, 4)))
    for code in draw(st.lists(st.sampled_from(REFUSED), max_size=3)):
        add("scan", 10, draw(phones), code=code, people=draw(heads), admitted=False)
    return tuple(done)


@st.composite
def uploads_of(draw: st.DrawFn, history: tuple[Done, ...]) -> list[Upload]:
    """A way to bring a history: shuffled, doubled, in parts of any size, some of it a day late."""
    doubled = draw(st.lists(st.sampled_from(history), max_size=len(history)))
    order = draw(st.permutations([*history, *doubled]))
    uploads: list[Upload] = []
    part: list[Done] = []
    asked: set[int] = set()
    for act in order:
        if not act.admitted:
            online = act.serial not in asked  # its repeats come with the others
            asked.add(act.serial)
            if online:
                uploads.append(Upload((act,), 0, online=True))
                continue
        if part and (part[0].phone != act.phone or draw(st.integers(0, 3)) == 0):
            uploads.append(Upload(tuple(part), draw(st.sampled_from((0, 90, 1440)))))
            part = []
        part.append(act)
    if part:
        uploads.append(Upload(tuple(part), 1440))
    return uploads


def count(history: Iterable[Done]) -> Books:
    """What a history comes to, straight from its acts: no order, no upload, no database."""
    acts = {act.serial: act for act in history}
    undone = {
        act.of
        for act in acts.values()
        if act.kind == "undo" and acts[act.of].phone == act.phone and act.minute - acts[act.of].minute <= 10
    }
    standing = [act for act in acts.values() if act.serial not in undone]
    most: dict[str, int] = {}
    for act in standing:
        counts = act.admitted or act.code in WITH_PLACE
        if act.kind == "scan" and counts:
            everybody = PARTIES.get(act.code)
            people = min(act.people or everybody, everybody) if everybody else act.people or 1
            most[act.code] = max(most.get(act.code, 0), people)
    walked = sum(act.people or 0 for act in standing if act.kind == "walk_in")
    return Books(
        came=sum(people for code, people in most.items() if code in WITH_PLACE),
        checkins=sum(code in WITH_PLACE for code in most),
        walk_ins=walked + sum(people for code, people in most.items() if code not in WITH_PLACE),
        leaflets=sum(act.people or 0 for act in standing if act.kind == "tally"),
    )
