"""The closed sets of the field: states, kinds and roles (words of design section 1)."""

from __future__ import annotations

from enum import StrEnum


class LibraryLevel(StrEnum):
    """Place of a library in the tree."""

    CITY = "city"
    DISTRICT = "district"
    COUNTY = "county"
    TOWNSHIP = "township"
    BRANCH = "branch"


class Category(StrEnum):
    """Official class of an event, as upward statistics ask for it."""

    LECTURE = "lecture"
    EXHIBITION = "exhibition"
    TRAINING = "training"
    READING_PROMOTION = "reading_promotion"
    OUTREACH_SERVICE = "outreach_service"
    PUBLICITY = "publicity"
    INTERNAL = "internal"


class Mode(StrEnum):
    """How people take part in an occurrence."""

    ONSITE = "onsite"
    ONLINE = "online"
    HYBRID = "hybrid"


class SignUp(StrEnum):
    """Whether an event takes registrations."""

    REQUIRED = "required"
    NONE = "none"


class OccurrenceStatus(StrEnum):
    """State of a held instance."""

    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"


class RegistrationStatus(StrEnum):
    """State of a reader's place at an occurrence (design section 1); pending waits for a person's approval."""

    HELD = "held"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    ENTERED = "entered"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    EXPIRED = "expired"


SEATED = (
    RegistrationStatus.HELD,
    RegistrationStatus.PENDING,
    RegistrationStatus.CONFIRMED,
    RegistrationStatus.OFFERED,
)
"""States that take seats (promise I1)."""

ACTIVE = (*SEATED, RegistrationStatus.WAITLISTED, RegistrationStatus.ENTERED)
"""States of which a reader has at most one at an occurrence (promise I2)."""


class ConsentKind(StrEnum):
    """What a reader agreed to; a child's data needs the guardian's separate consent (PIPL Art. 28-31)."""

    PRIVACY = "privacy"
    GUARDIAN = "guardian"


class Door(StrEnum):
    """Way by which a check-in came in."""

    CHAT_SCAN = "chat_scan"
    SHORT_CODE = "short_code"
    VENUE_CODE = "venue_code"
    WEB = "web"
    PAPER = "paper"


class ScanResult(StrEnum):
    """What a scan came to. Refused scans are rows too."""

    OK = "ok"
    ALREADY = "already"
    DUPLICATE = "duplicate"  # let in once more, by a device that could not know
    WRONG_OCCURRENCE = "wrong_occurrence"
    TOO_EARLY = "too_early"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    WAITLISTED = "waitlisted"
    PENDING = "pending"
    RELEASED = "released"
    SUSPENDED = "suspended"
    REVOKED = "revoked"  # the holder's data was deleted, and the place with it
    NOT_REGISTERED = "not_registered"
    UNKNOWN = "unknown"


class Role(StrEnum):
    """What a staff member may do; each includes the ones before it, but for the scope."""

    VENUE = "venue"
    ORGANISER = "organiser"
    MANAGER = "manager"
    KEEPER = "keeper"


_RANKS = tuple(Role)


def includes(role: Role, other: Role) -> bool:
    """Whether a role is above another and so may do all that it may."""
    return _RANKS.index(role) > _RANKS.index(other)


def may_organise(role: Role) -> bool:
    """Whether a role runs events: decides about registrations, moves people in line, lets walk-ins in."""
    return role is Role.ORGANISER or includes(role, Role.ORGANISER)


def may_correct(role: Role) -> bool:
    """Whether a role takes back at any time what others did, and corrects figures; with a reason."""
    return role is Role.MANAGER or includes(role, Role.MANAGER)


class MarkKind(StrEnum):
    """What a registration did to its reader's standing."""

    NO_SHOW = "no_show"
    LATE = "late"
    LATE_CANCEL = "late_cancel"
    ATTENDED = "attended"


class Exactness(StrEnum):
    """How exact a noted number is (library-domain 3.2: tables exact, words in prose)."""

    EXACT = "exact"
    MORE_THAN = "more_than"
    JUST_UNDER = "just_under"
    ABOUT = "about"
    CUMULATIVE = "cumulative"
    DOUBTFUL = "doubtful"


class NoticeKind(StrEnum):
    """Why a message leaves the system on its own."""

    REMINDER = "reminder"
    PROMOTED = "promoted"
    OFFERED = "offered"
    OFFER_LAPSED = "offer_lapsed"
    APPROVED = "approved"
    REJECTED = "rejected"
    LOTTERY_WON = "lottery_won"
    LOTTERY_LOST = "lottery_lost"
    NO_SHOW = "no_show"
    SUSPENDED = "suspended"
    APPEAL_ANSWERED = "appeal_answered"
    OCCURRENCE_CANCELLED = "occurrence_cancelled"
    OCCURRENCE_CHANGED = "occurrence_changed"
    REPORT_DRAFTED = "report_drafted"  # to staff: no registration
    REPORT_FROZEN = "report_frozen"


class NoticeState(StrEnum):
    """Life of a row in the outbox (promise I5)."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DROPPED = "dropped"
