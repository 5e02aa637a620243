"""One library with one event on stage, an application with the pages, and a clock that tests set."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from flask import Flask
from redis import Redis
from sqlalchemy import insert, update

from bot.domain.diagnosis import Deployment
from bot.domain.ticket import SHORT_ALPHABET, issue_token
from bot.domain.venue import screen_token
from bot.store.database import Database
from bot.store.door_tables import checkin, walk_in
from bot.store.pii import Keys
from bot.store.tables import campaign, event, library, occurrence, reader, registration, venue
from bot.web.pages import register_pages

STARTS_AT = datetime(2026, 5, 30, 1, 30, tzinfo=UTC)  # 09:30 on a Saturday in Shanghai
ENDS_AT = STARTS_AT + timedelta(minutes=90)
DAY_BEFORE = STARTS_AT - timedelta(days=1)
AT_THE_DOOR = STARTS_AT - timedelta(minutes=10)
PUBLIC_URL = "https://shuqian.library.example"
ACCOUNT = "书香利州"
CONTACT = "总服务台 0839-0000000"


class StageClock:
    """The present moment, as the test sets it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Stage:
    """Rows by plain inserts, and addresses by the product's own functions."""

    def __init__(self, db: Database, keys: Keys) -> None:
        self.db, self.keys = db, keys
        self._numbers = count(12)
        self._codes = count(1)
        self.library_id = self._add(library, code="city", name="广元市图书馆", level="city")
        self.venue_id = self._add(venue, library_id=self.library_id, name="少儿阅览室", address="利州东路 88 号 2 楼")
        self.campaign_id = self._add(
            campaign,
            key="week",
            title="图书馆服务宣传周",
            library_id=self.library_id,
            starts_on=date(2026, 5, 25),
            ends_on=date(2026, 5, 31),
        )

    def _add(self, table: Any, **values: Any) -> int:
        with self.db.writing() as tx:
            return int(tx.execute(insert(table).values(**values).returning(table.c.id)).scalar_one())

    def room(self, name: str) -> int:
        """Another venue of the library; its id."""
        return self._add(venue, library_id=self.library_id, name=name, address="利州东路 88 号")

    def occurrence(self, *, title: str = "亲子绘本共读：好饿的毛毛虫", sign_up: str = "required", **values: Any) -> int:
        """An event with one occurrence; its id."""
        number = next(self._numbers)
        event_id = self._add(
            event,
            campaign_id=self.campaign_id,
            key=f"event-{number}",
            title=title,
            category="reading_promotion",
            library_id=self.library_id,
            sign_up=sign_up,
        )
        facts = {"starts_at": STARTS_AT, "ends_at": ENDS_AT, "capacity": 40, "venue_id": self.venue_id} | values
        return self._add(occurrence, campaign_id=self.campaign_id, event_id=event_id, key="1", number=number, **facts)

    def registration(self, occurrence_id: int, status: str = "confirmed", **values: Any) -> int:
        """A registration of a new reader; its id."""
        reader_id = self._add(reader, openid=f"o{next(self._codes)}", created_at=DAY_BEFORE)
        self._add_contact(reader_id)
        facts = {"adults": 1, "children": 1, "seats": 2, "created_at": DAY_BEFORE, "short_code": self._short_code()}
        return self._add(
            registration, occurrence_id=occurrence_id, reader_id=reader_id, status=status, **(facts | values)
        )

    def _add_contact(self, reader_id: int) -> None:
        sealed = {
            "name_enc": self.keys.seal("张三", f"reader.name:{reader_id}"),
            "phone_enc": self.keys.seal("+8613800138000", f"reader.phone:{reader_id}"),
        }
        with self.db.writing() as tx:
            tx.execute(update(reader).where(reader.c.id == reader_id).values(**sealed))

    def _short_code(self) -> str:
        number, letters = next(self._codes) * 7_654_321, ""
        for _ in range(6):
            number, place = divmod(number, len(SHORT_ALPHABET))
            letters += SHORT_ALPHABET[place]
        return letters

    def check_in(self, registration_id: int, occurrence_id: int, at: datetime, people: int = 2) -> None:
        """A valid check-in."""
        self._add(
            checkin,
            occurrence_id=occurrence_id,
            registration_id=registration_id,
            people=people,
            result="ok",
            counted_as="registered",
            door="chat_scan",
            received_at=at,
        )

    def walk_ins(self, occurrence_id: int, people: int) -> None:
        """People who came without registration."""
        self._add(walk_in, occurrence_id=occurrence_id, people=people, noted_at=AT_THE_DOOR)

    def erase_reader_of(self, registration_id: int) -> None:
        """What deletion leaves of a reader."""
        with self.db.writing() as tx:
            mine = (
                registration.select()
                .where(registration.c.id == registration_id)
                .with_only_columns(registration.c.reader_id)
            )
            reader_id = tx.execute(mine).scalar_one()
            gone = {"openid": None, "name_enc": None, "phone_enc": None, "phone_hash": None, "erased_at": AT_THE_DOOR}
            tx.execute(update(reader).where(reader.c.id == reader_id).values(**gone))

    def token(self, registration_id: int) -> str:
        """The ticket token of a registration."""
        return issue_token(registration_id, self.keys.ticket)

    def ticket_url(self, registration_id: int) -> str:
        """What the QR of a ticket holds."""
        return f"{PUBLIC_URL}/T/{self.token(registration_id)}"

    def short_code(self, registration_id: int) -> str:
        """The six characters under the QR."""
        with self.db.reading() as tx:
            query = registration.select().where(registration.c.id == registration_id)
            return str(tx.execute(query.with_only_columns(registration.c.short_code)).scalar_one())

    def screen(self, occurrence_id: int) -> str:
        """The token of an occurrence's venue screen."""
        return screen_token(occurrence_id, self.keys.venue)


def build_app(db: Database, redis: Redis, keys: Keys, clock: StageClock, **settings: Any) -> Flask:
    """An application with nothing but the pages."""
    app = Flask("stage", static_folder=None)
    chosen = {"public_url": PUBLIC_URL, "contact": CONTACT, "account_name": ACCOUNT} | settings
    deployment = Deployment("wx0123456789abcdef", "safe", PUBLIC_URL, is_trial=False, has_secret=True)
    register_pages(app, db=db, redis=redis, keys=keys, clock=clock, deployment=deployment, **chosen)
    return app
