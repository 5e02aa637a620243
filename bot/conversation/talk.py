"""What a handler has at hand while it answers one message."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from bot.conversation.dialogue import Dialogue
from bot.conversation.messages import Article
from bot.domain.closing import report_url
from bot.domain.data_link import issue_link
from bot.domain.registration import Contact
from bot.domain.ticket import invitation_url, issue_token, ticket_url
from bot.domain.venue import screen_token
from bot.store.attempts import Attempts
from bot.store.capabilities import Capabilities
from bot.store.history import lock_reader
from bot.store.pii import Keys
from bot.store.readers import Person, StaffMember, find_person

CARD_PICTURE = ".card.png"


@dataclass(frozen=True, slots=True)
class Desk:
    """What stays the same for every message of this deployment."""

    keys: Keys
    attempts: Attempts
    public_url: str
    contact: str = ""
    account_name: str = ""
    capabilities: Capabilities = field(default_factory=Capabilities)

    def ticket_url(self, registration_id: int) -> str:
        """The address that the ticket's QR holds."""
        return ticket_url(self.public_url, issue_token(registration_id, self.keys.ticket))

    def screen_url(self, occurrence_id: int) -> str:
        """The screen at the door of an occurrence."""
        return f"{self.public_url}/venue/{screen_token(occurrence_id, self.keys.venue)}"

    def copy_url(self, reader_id: int, now: datetime) -> str:
        """Where a reader gets a copy of their own data, for ten minutes."""
        return f"{self.public_url}/my-data/{issue_link(reader_id, now, self.keys.copy)}"

    def pages_url(self, token: str) -> str:
        """A link that opens a reader's own pages once."""
        return f"{self.public_url}/me/enter/{token}"

    def lottery_url(self, number: int) -> str:
        """The public page of an occurrence's lottery."""
        return f"{self.public_url}/lottery/{number}"

    def card_picture_url(self, registration_id: int) -> str:
        """The picture on a ticket's card in the chat."""
        return f"{self.ticket_url(registration_id)}{CARD_PICTURE}"

    @property
    def sign_in_url(self) -> str:
        """Where a browser shows a code for signing in."""
        return f"{self.public_url}/staff/sign-in"

    def enter_url(self, token: str) -> str:
        """A link that signs staff in once."""
        return f"{self.public_url}/staff/enter/{token}"

    @property
    def people_url(self) -> str:
        """Where organisers look after their staff."""
        return f"{self.public_url}/staff/people"

    @property
    def unreached_url(self) -> str:
        """Where organisers see whom no message reached."""
        return f"{self.public_url}/staff/unreached"

    def report_url(self, key: str) -> str:
        """The page of a campaign's report."""
        return report_url(self.public_url, key)

    def invitation_url(self, code: str) -> str:
        """The page that an invitation's QR opens."""
        return invitation_url(self.public_url, code)

    @property
    def privacy_url(self) -> str:
        """The privacy notice."""
        return f"{self.public_url}/privacy"

    @property
    def children_url(self) -> str:
        """The rules for children's data, which the guardian's consent question links to."""
        return f"{self.public_url}/privacy/children"


STRANGER = Person(0, None, None, None, True, None)
"""Somebody who only reads and was never written down."""


@dataclass(slots=True)
class Talk:
    """One message being answered. Handlers set `next` (where the sender stands afterwards), `changed` and `erased`."""

    tx: Connection
    desk: Desk
    sender: str
    known_person: Person | None  # None: not looked up yet
    now: datetime
    text: str
    dialogue: Dialogue | None
    next: Dialogue | None = None
    changed: bool = False
    erased: bool = False  # the sender is nobody any more
    card: Article | None = None  # shown in place of the words, which stand in for it where they must
    wants_picture_of: int | None = None  # the registration whose ticket the worker shall send as a picture
    _contact: Contact | None = field(default=None, repr=False)

    @property
    def person(self) -> Person:
        """Who is writing; looked up when first asked for, since many answers are the same for everybody."""
        if self.known_person is None:
            self.known_person = find_person(self.tx, self.sender, self.now) or STRANGER
        return self.known_person

    @property
    def staff(self) -> StaffMember | None:
        """The sender's role, if any."""
        return self.person.staff

    def look_again(self) -> None:
        """Queue behind whoever changes the sender's record, then see it as it is: consent may be withdrawn meanwhile.

        On SQLite it was read in this transaction, in which nobody else writes.
        """
        if self.tx.dialect.name != "sqlite":
            lock_reader(self.tx, self.person.id)
            self.known_person, self._contact = find_person(self.tx, self.sender, self.now) or STRANGER, None

    def contact(self) -> Contact | None:
        """Name and phone on the sender's record."""
        if self._contact is None:
            self._contact = self.person.contact(self.desk.keys)
        return self._contact
