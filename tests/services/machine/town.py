"""The campaign that the machine plays with: what people, tasks and organisers do, through the product's services."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select

from bot.domain.campaign_file import CampaignImported
from bot.domain.change import SeatsExceededError
from bot.domain.kinds import ConsentKind, NoticeState, Role
from bot.domain.lottery import find_flaws
from bot.domain.notice import MADE_AHEAD, Letter
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.registration import Contact
from bot.reports.summary_json import to_dict
from bot.services.approvals import expire_pending
from bot.services.campaigns import export_campaign, import_campaign
from bot.services.changes import follow_up_import
from bot.services.checkins import release_unused
from bot.services.consent import give_consent
from bot.services.lotteries import Drawn, draw_lottery, list_to_open, open_lottery
from bot.services.lotteries import list_due as list_draws_due
from bot.services.notices import LEASE, claim_letters, list_missing_reminders, queue_reminders
from bot.services.registrations import Details, expire_holds
from bot.services.standing import list_due, list_mistaken, settle_occurrence, void_if_came
from bot.services.summary import summarize
from bot.services.waitlists import expire_offers, serve_free_seats
from bot.store import outbox
from bot.store.amendments import find_consent
from bot.store.companions import Member
from bot.store.database import Database
from bot.store.occurrences import get_occurrence
from bot.store.personal import HOLDINGS, Act, list_registrations
from bot.store.pii import Keys
from bot.store.readers import StaffMember, find_person, get_or_add_person, save_contact
from bot.store.staff_tables import staff
from bot.store.tables import notice, reader, registration
from tests.factories import NOW, House, add_event, add_house, add_occurrence, add_reader
from tests.services.machine.plans import READERS

OFFSETS = (24.0, 2.0)
GUARDIAN_VERSION = "1"


@dataclass
class Account:
    """A person with WeChat; `reader_id` None: not known to us, or erased."""

    openid: str
    phone: str
    reader_id: int | None = None


@dataclass
class Campaign:
    """Three events of two occurrences each, six people of whom two share a phone, and a manager."""

    db: Database
    keys: Keys
    house: House
    places: list[int]
    people: list[Account]
    manager: StaffMember
    sent: set[int] = field(default_factory=set)

    def known(self, tx: Connection, who: Account, now: datetime) -> int:
        """The reader's key; who is new, was erased or has withdrawn agrees and tells name and phone first."""
        person = get_or_add_person(tx, who.openid, now)
        if person.privacy_version is None or person.phone_enc is None:
            give_consent(tx, person.id, ConsentKind.PRIVACY, "1", now)
            save_contact(tx, person.id, Contact("张三", who.phone), self.keys)
        who.reader_id = person.id
        return person.id

    def facts(self, tx: Connection, place: int) -> OccurrenceFacts:
        """The occurrence as a chat handler reads it."""
        return get_occurrence(tx, place)

    def details(self, tx: Connection, reader_id: int, party: Party, flavour: int, now: datetime) -> Details:
        """Ages under the guardian's consent for every other family with children, now and then a group."""
        if flavour % 7 == 6:
            return Details(is_group=True)
        if not party.children or flavour % 2:
            return Details()
        consent_id = find_consent(tx, reader_id, ConsentKind.GUARDIAN, GUARDIAN_VERSION)
        if consent_id is None:
            give_consent(tx, reader_id, ConsentKind.GUARDIAN, GUARDIAN_VERSION, now)
            consent_id = find_consent(tx, reader_id, ConsentKind.GUARDIAN, GUARDIAN_VERSION)
        assert consent_id is not None
        ages = (11,) * party.children
        return Details(ages=ages, members=tuple(Member(age, consent_id) for age in ages))

    def contact(self, flavour: int) -> Contact | None:
        """Now and then somebody else can be called: a phone of another family, or of nobody we know."""
        phones = [self.people[2].phone, "+8613900000000"]
        return Contact("李四", phones[flavour % 2]) if flavour % 5 == 4 else None

    # --- tasks -------------------------------------------------------------------------------------------------------

    def draw(self, tx: Connection, now: datetime) -> None:
        """Open and draw lotteries; what is published can be drawn again by anybody."""
        for facts in list_to_open(tx, now):
            open_lottery(tx, facts.id, self.keys, now)
        for facts in list_draws_due(tx, now):
            outcome = draw_lottery(tx, facts.id, self.keys, now)
            assert isinstance(outcome, Drawn), outcome
            assert find_flaws(outcome.result) == [], outcome

    def settle(self, tx: Connection, now: datetime) -> None:
        """Settle what is over, and take back what the records contradict."""
        for occurrence_id in list_due(tx, now):
            settle_occurrence(tx, occurrence_id, now)
        for registration_id in list_mistaken(tx, now):
            void_if_came(tx, registration_id, now)

    def remind(self, tx: Connection, now: datetime) -> None:
        """Queue the reminders that are due; none more than an hour before its moment."""
        known = set(tx.scalars(select(notice.c.id)))
        for occurrence_id, starts_at, all_day in list_missing_reminders(tx, OFFSETS, now):
            queue_reminders(tx, occurrence_id, starts_at, OFFSETS, now, all_day=all_day)
        for row in tx.execute(select(notice).where(notice.c.kind == "reminder")):
            assert row.id in known or row.due_at - MADE_AHEAD <= now < row.not_after, (
                f"I5: a reminder too early or late: {row}"
            )

    def run_task(self, tx: Connection, name: str, now: datetime) -> None:
        """One of the tasks of the worker, in one transaction."""
        tasks = {
            "holds": expire_holds,
            "offers": expire_offers,
            "pending": expire_pending,
            "release": release_unused,
            "lines": serve_free_seats,
        }
        own = {"draw": self.draw, "settle": self.settle, "remind": self.remind}
        (tasks | own)[name](tx, now)

    def deliver(self, tx: Connection, now: datetime) -> None:
        """Send what is due: nothing twice, nothing to who is gone, nothing that makes no sense any more (I5)."""
        for notice_id in outbox.claim_due(tx, now, 100, LEASE):
            letters = claim_letters(tx, notice_id, now + LEASE, now)
            for letter in letters:
                self.check_letter(tx, letter, now)
            if letters:
                done = outbox.Settled(NoticeState.SENT, "text")
                assert outbox.settle_bundle(tx, [letter.id for letter in letters], done, now)

    def check_letter(self, tx: Connection, letter: Letter, now: datetime) -> None:
        """One that leaves has not left before, and is still true."""
        assert letter.id not in self.sent, f"I5: sent twice: {letter}"
        self.sent.add(letter.id)
        there = tx.execute(
            select(registration.c.status, registration.c.offer_until, reader.c.openid)
            .join(reader, reader.c.id == registration.c.reader_id)
            .where(registration.c.id == letter.registration_id)
        ).one()
        assert there.openid is not None, f"I8: told to nobody: {letter}"
        wanted = {"reminder": ("confirmed",), "offered": ("offered",), "approved": ("confirmed",)}
        assert there.status in wanted.get(letter.kind.value, (there.status,)), f"I5: {letter} {there}"
        assert letter.kind != "offered" or there.offer_until > now, f"I5: an offer that is over: {letter} {there}"

    # --- the organiser -----------------------------------------------------------------------------------------------

    def change_rules(self, place: int, patch: dict[str, Any], now: datetime) -> bool:
        """Import the campaign again with other rules for the event of a place; False when it was refused."""
        try:
            with self.db.writing() as tx:
                event_key = self.facts(tx, place).title
                content = export_campaign(tx, "2026")
                events = tuple(
                    replace(each, rules={**each.rules, **patch}) if each.key == event_key else each
                    for each in content.events
                )
                outcome = import_campaign(tx, replace(content, events=events), now)
                if isinstance(outcome, CampaignImported):
                    follow_up_import(tx, outcome, now)
                return isinstance(outcome, CampaignImported)
        except SeatsExceededError:
            return False

    # --- forgetting --------------------------------------------------------------------------------------------------

    def figures(self, now: datetime) -> str:
        """What `summary --json` prints, without the moment of counting."""
        with self.db.reading() as tx:
            counted = to_dict(summarize(tx, self.house.campaign_id, self.keys, now))
        del counted["made_at"]
        return json.dumps(counted, ensure_ascii=False)

    def check_forgotten(self, tx: Connection, reader_id: int, openid: str) -> None:
        """I8: nothing of an erased reader in any table of the list of personal data."""
        own = list_registrations(tx, reader_id)
        for holding in HOLDINGS:
            if Act.ERASE not in holding.forgotten_by:
                continue
            for row in tx.execute(select(holding.table).where(holding.rows_of(reader_id, own))).mappings():
                left = {column.name: row[column.name] for column in holding.blanked}
                assert left and not any(left.values()), f"I8: {holding.table.name} keeps {left}"
        person = find_person(tx, openid, NOW)
        assert person is None or person.id != reader_id, f"I8: {openid} is still {reader_id}"


def open_campaign(db: Database, keys: Keys, plans: Sequence[dict[str, Any]]) -> Campaign:
    """The campaign as Hypothesis drew it; all readers known, all of them with a phone."""
    with db.writing() as tx:
        house = add_house(tx)
        places = []
        for at, plan in enumerate(plans):
            event_id = add_event(tx, house, f"活动{at}", rules=plan["rules"])
            for each, drawn in enumerate(plan["occurrences"]):
                starts_at = NOW + timedelta(days=1 + at, hours=drawn["hours"])
                is_lottery = plan["rules"].get("allocation") == "lottery"
                facts = add_occurrence(
                    tx,
                    house,
                    10 * at + each + 10,
                    event_id=event_id,
                    starts_at=starts_at,
                    capacity=drawn["capacity"],
                    overbooking=drawn["overbooking"],
                    opens_at=NOW + timedelta(minutes=30) if drawn["opens"] else None,
                    closes_at=starts_at - timedelta(hours=16) if is_lottery else None,
                )
                places.append(facts.id)
        phones = [f"+861380013800{max(at, 1)}" for at in range(READERS)]  # the first two share theirs
        people = [Account(f"o-{at}", phone) for at, phone in enumerate(phones)]
        for who in people:
            who.reader_id = add_reader(tx, who.openid, keys, phone=who.phone)
        manager_id = add_reader(tx, "o-manager", keys, phone="+8613700000000")
        row = {"reader_id": manager_id, "role": "manager", "label": "", "created_at": NOW}
        staff_id = int(tx.execute(insert(staff).values(**row).returning(staff.c.id)).scalar_one())
    return Campaign(db, keys, house, places, people, StaffMember(staff_id, Role.MANAGER, None, ""))
