"""Promise I6: what a door's phones did comes to the same figures, in whatever order, parts and repetitions it is brought."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count as numbers
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.services.summary import summarize
from bot.store.database import Database
from bot.store.occurrences import count_attendance, get_occurrence
from bot.store.pii import Keys
from bot.store.tables import campaign
from tests.web.doors.history import OFFSETS_MIN, PARTIES, Books, Done, Upload, count, histories, uploads_of
from tests.web.doors.phones import Phone, ms, sign_in
from tests.web.stage import AT_THE_DOOR, Stage, StageClock

_serials = numbers(1)


class Door:
    """One campaign with a full occurrence of three days and one next door; everybody of PARTIES holds a ticket.

    Figures of a day stay within the days of their occurrence, so only a long one shows on which day a clock puts people.
    """

    def __init__(self, app: Flask, stage: Stage, clock: StageClock, phones: list[Phone]) -> None:
        self.app, self.stage, self.clock, self.phones = app, stage, clock, phones
        self.name = f"week-{next(_serials)}"
        days = {"starts_on": date(2026, 5, 25), "ends_on": date(2026, 5, 31)}
        stage.campaign_id = stage._add(
            campaign, key=self.name, title="图书馆服务宣传周", library_id=stage.library_id, **days
        )
        days_long = {"starts_at": AT_THE_DOOR - timedelta(days=1), "ends_at": AT_THE_DOOR + timedelta(days=1, hours=6)}
        self.id, other = stage.occurrence(capacity=15, **days_long), stage.occurrence(title="别的活动")
        states = {"waits": "waitlisted", "gone": "cancelled"}
        self.tickets = {
            who: stage.registration(
                other if who == "other" else self.id,
                states.get(who, "confirmed"),
                adults=people,
                children=0,
                seats=people,
            )
            for who, people in PARTIES.items()
        }
        with stage.db.reading() as tx:
            self.number = get_occurrence(tx, self.id).number

    def act_of(self, done: Done) -> dict[str, Any]:
        """An act as its phone sends it, by its own clock."""
        at = AT_THE_DOOR + timedelta(minutes=done.minute + OFFSETS_MIN[done.phone])
        act: dict[str, Any] = {"id": f"{self.name}-{done.serial:04d}", "kind": done.kind, "at": ms(at)}
        if done.kind == "undo":
            return act | {"of": f"{self.name}-{done.of:04d}"}
        act["occurrence"] = self.number
        if done.kind == "tally":
            return act | {"words": f"宣传单 {done.people} 份"}
        if done.kind == "walk_in":
            return act | {"people": done.people, "audience": "adult"}
        code = self.stage.ticket_url(self.tickets[done.code]) if done.code in self.tickets else done.code
        more = {} if done.people is None else {"people": done.people}
        return act | {"code": code, "admitted": done.admitted, "way": "camera", **more}

    def bring(self, upload: Upload) -> None:
        """One request."""
        phone = upload.acts[0].phone
        self.clock.now = AT_THE_DOOR + timedelta(minutes=25 + upload.late)
        now = self.clock.now + timedelta(minutes=OFFSETS_MIN[phone])
        answers = self.phones[phone].send(*map(self.act_of, upload.acts), now=now)
        assert not {"invalid", "try_again", "not_served", "not_allowed"} & {answer["result"] for answer in answers}

    def figures(self, keys: Keys) -> tuple[Books, dict[str, int]]:
        """What the house's own counts say: at the door, and in the summary of the campaign and of its day."""
        now = AT_THE_DOOR + timedelta(days=2)
        with self.stage.db.reading() as tx:
            seen = count_attendance(tx, self.id)
            whole = summarize(tx, self.stage.campaign_id, keys, now).total
            day = summarize(tx, self.stage.campaign_id, keys, now, day=AT_THE_DOOR.date()).total
        leaflets = sum(int(total.number) for total in whole.tallies)
        assert (seen.came, seen.walk_ins) == (whole.counts.checked_in_people, whole.counts.walk_ins)
        of_doors = [(of.checkins, of.checked_in_people, of.walk_ins) for of in (whole.counts, day.counts)]
        assert of_doors[0] == of_doors[1], "all of it was on that day, however late it came in"
        return Books(seen.came, whole.counts.checkins, seen.walk_ins, leaflets), vars_of(whole.counts)


def vars_of(counts: Any) -> dict[str, int]:
    """All numbers of the counts."""
    return {name: getattr(counts, name) for name in counts.__slots__}


def test_uploads_in_any_order_parts_and_repetitions_come_to_the_same_figures(
    app: Flask, db: Database, keys: Keys, stage: Stage, clock: StageClock
) -> None:
    """Seen to fail: with the first admission counted instead of the largest; with undos kept only after their act; with
    an undone id taken for new; with the phone's clock taken as it is; with a tally that is added at every repeat."""
    phones = [sign_in(app, db, keys, 0, name=f"door-{serial}") for serial in range(4)]

    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def play(data: st.DataObject) -> None:
        history = data.draw(histories())
        expected, seen = count(history), []
        for _ in range(2):
            door = Door(app, stage, clock, phones)
            for upload in data.draw(uploads_of(history)):
                door.bring(upload)
            books, counts = door.figures(keys)
            assert books == expected
            seen.append(counts)
        assert seen[0] == seen[1]

    play()
