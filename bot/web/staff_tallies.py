"""/staff/tallies: noting quantities, media, notes and photos at a desk, as typed in the chat, and taking them back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from sqlalchemy import Connection

from bot.conversation.coverage import BadLink, leading_number, read_media
from bot.domain.clock import local_day
from bot.domain.closing import FiguresFrozen
from bot.domain.coverage import CoverageNoted
from bot.domain.kinds import Exactness, Role
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.tally import TallyNotAllowed, TallyRecorded
from bot.domain.tally_words import PartsDiffer, TallyFault, TallyScope, parse_tally
from bot.services.campaigns import NoSuchCampaign, choose_campaign, find_current_campaign
from bot.services.closing import ensure_open
from bot.services.coverage import keep_note, keep_picture_of, note_media
from bot.services.reports import leave_version
from bot.services.staff import serves
from bot.services.tallies import record_library_tally, record_tally
from bot.services.tally_desk import EntryTakenBack, NoSuchEntry, ReasonNeededHere, list_noted, take_back_entry
from bot.store.campaigns import get_campaign
from bot.store.coverage import load_pictures
from bot.store.occurrences import find_by_number, find_occurrence
from bot.store.readers import StaffMember
from bot.texts import coverage as coverage_words
from bot.texts import staff as staff_words
from bot.texts import summary as summary_words
from bot.texts import tally_desk as words
from bot.texts.closing import figures_frozen, late_coverage, late_tally, taken_back
from bot.texts.tables import medium_name
from bot.web.context import page_context
from bot.web.headers import forbid_keeping
from bot.web.staff_session import Visitor, signed_in

staff_tallies = Blueprint("staff_tallies", __name__, template_folder="templates")
staff_tallies.after_request(forbid_keeping)

LARGEST_PHOTO = 12_500_000


@staff_tallies.get("/staff/tallies")
def show() -> Response:
    """What is noted of a campaign (`key`, else the present one), with a field for more."""
    return _page(signed_in(Role.ORGANISER))


@staff_tallies.post("/staff/tallies")
def note() -> Response:
    """`kind` and `words`, as typed in the chat: a quantity, a media entry or a note."""
    visitor, context = signed_in(Role.ORGANISER), page_context()
    typed = request.form.get("words", "").strip()[:700]
    kinds = {"tally": _note_tally, "media": _note_media, "note": _keep_note}
    handler = kinds.get(request.form.get("kind", ""))
    if handler is None:
        abort(404)
    with context.db.writing() as tx:
        done, news = handler(tx, visitor.member, typed)
    return _page(visitor, news, "" if done else typed, request.form.get("kind", ""))


@staff_tallies.post("/staff/tallies/photo")
def add_photo() -> Response:
    """`photo`, `caption` and `number`: a picture of an occurrence."""
    from bot.reports.photos import NotAPhotoError, make_photo

    visitor, context = signed_in(Role.ORGANISER), page_context()
    file, number = request.files.get("photo"), request.form.get("number", type=int)
    try:
        picture = make_photo(file.read() if file else b"")
    except NotAPhotoError:
        return _page(visitor, words.NOT_A_PHOTO)
    now = context.clock()
    with context.db.writing() as tx:
        facts = _found(tx, visitor.member, number)
        if isinstance(facts, str):
            return _page(visitor, facts)
        done = keep_picture_of(tx, picture, request.form.get("caption", "").strip(), visitor.member, facts, now)
        if isinstance(done, CoverageNoted):
            _leave_version(tx, visitor.member, facts.campaign_id, late_coverage())
    return _page(visitor, figures_frozen(done) if isinstance(done, FiguresFrozen) else words.PHOTO_KEPT)


@staff_tallies.post("/staff/tallies/take-back")
def take_back() -> Response:
    """`entry` (kind and id) and `reason`."""
    visitor, context = signed_in(Role.ORGANISER), page_context()
    kind, _, number = request.form.get("entry", "").partition(":")
    entry_id = int(number) if number.isdecimal() and len(number) < 19 else 0
    now = context.clock()
    with context.db.writing() as tx:
        campaign_id = _campaign_id(tx)
        if campaign_id is None:
            abort(404)
        reason = request.form.get("reason", "")
        outcome = take_back_entry(tx, visitor.member, campaign_id, kind, entry_id, reason, now)
        if isinstance(outcome, EntryTakenBack):
            _leave_version(tx, visitor.member, campaign_id, taken_back())
    match outcome:
        case EntryTakenBack():
            return _page(visitor, words.TAKEN_BACK)
        case NoSuchEntry():
            return _page(visitor, words.NO_SUCH_ENTRY)
        case ReasonNeededHere():
            return _page(visitor, words.REASON_NEEDED)
        case FiguresFrozen():
            return _page(visitor, figures_frozen(outcome))


@staff_tallies.get("/staff/tallies/photo/<int:photo_id>.jpg")
def send_photo(photo_id: int) -> Response:
    """A photo, for those who look after its library."""
    visitor, context = signed_in(Role.ORGANISER), page_context()
    with context.db.reading() as tx:
        campaign_id = _campaign_id(tx)
        noted = list_noted(tx, visitor.member, campaign_id) if campaign_id is not None else None
        is_own = noted is not None and any(each.id == photo_id for each in noted.photos)
        picture = load_pictures(tx, [photo_id]).get(photo_id) if is_own else None
    if picture is None:
        abort(404)
    return Response(picture, content_type="image/jpeg")


# --- what is noted ---------------------------------------------------------------------------------------------------


def _note_tally(tx: Connection, member: StaffMember, typed: str) -> tuple[bool, str]:
    now = page_context().clock()
    entry = parse_tally(typed.removeprefix(words.RECORD_WORD).strip())
    if isinstance(entry, TallyFault):
        return False, summary_words.tally_fault(entry)
    if isinstance(entry, PartsDiffer):
        return False, summary_words.parts_differ(entry)
    if entry.scope is not TallyScope.OCCURRENCE:
        outcome = record_library_tally(tx, entry, member, now)
        match outcome:
            case TallyRecorded():
                return True, summary_words.tally_recorded(outcome)
            case TallyNotAllowed():
                return False, summary_words.tally_not_allowed()
            case FiguresFrozen():
                return False, figures_frozen(outcome)
            case None:
                return False, words.NO_CAMPAIGN
    facts = _found(tx, member, entry.occurrence_number)
    if isinstance(facts, str):
        return False, facts
    frozen = ensure_open(tx, facts.campaign_id, member)
    if frozen is not None:
        return False, figures_frozen(frozen)
    done = record_tally(tx, entry, occurrence_id=facts.id, staff_id=member.id, now=now)
    _leave_version(tx, member, facts.campaign_id, late_tally())
    return True, summary_words.tally_recorded(done)


def _note_media(tx: Connection, member: StaffMember, typed: str) -> tuple[bool, str]:
    now = page_context().clock()
    try:
        entry = read_media(typed, local_day(now))
    except BadLink:
        return False, coverage_words.bad_link()
    if entry is None:
        return False, words.MEDIA_HELP
    facts = _found(tx, member, entry.occurrence_number) if entry.occurrence_number is not None else None
    if isinstance(facts, str):
        return False, facts
    done = note_media(tx, entry, member, facts, now)
    if isinstance(done, CoverageNoted):
        _leave_version(tx, member, done.campaign_id, late_coverage())
        return True, coverage_words.medium_noted(done, entry)
    return False, words.NO_CAMPAIGN if done is None else figures_frozen(done)


def _keep_note(tx: Connection, member: StaffMember, typed: str) -> tuple[bool, str]:
    number, said = leading_number(typed)
    if not said:
        return False, words.NOTHING_WRITTEN
    facts = _found(tx, member, number) if number is not None else None
    if isinstance(facts, str):
        return False, facts
    done = keep_note(tx, said, member, facts, page_context().clock())
    if isinstance(done, CoverageNoted):
        _leave_version(tx, member, done.campaign_id, late_coverage())
        return True, coverage_words.note_kept(done)
    return False, words.NO_CAMPAIGN if done is None else figures_frozen(done)


def _leave_version(tx: Connection, member: StaffMember, campaign_id: int, why: str) -> None:
    """A manager's change to frozen figures makes the next version; before the freeze this does nothing."""
    context = page_context()
    leave_version(tx, campaign_id, member.id, why, context.keys, context.clock())


def _found(tx: Connection, member: StaffMember, number: int | None) -> OccurrenceFacts | str:
    if number is None:
        return words.NUMBER_NEEDED
    facts = find_by_number(tx, number, page_context().clock())
    if facts is None:
        return words.NO_SUCH_NUMBER
    return facts if serves(tx, member, facts) else staff_words.not_served(facts)


# --- the page --------------------------------------------------------------------------------------------------------


def _page(visitor: Visitor, news: str = "", typed: str = "", kind: str = "") -> Response:
    context = page_context()
    with context.db.reading() as tx:
        campaign_id = _campaign_id(tx)
        noted = list_noted(tx, visitor.member, campaign_id) if campaign_id is not None else None
        campaign = get_campaign(tx, campaign_id) if campaign_id is not None else None
        tallies = [_line(tx, each) for each in noted.tallies] if noted else []
    page = render_template(
        "staff_tallies.html",
        campaign=campaign,
        news=news,
        typed={kind: typed},
        tallies=tallies,
        media=[(each, medium_name(each.medium)) for each in noted.media] if noted else [],
        notes=noted.notes if noted else [],
        photos=noted.photos if noted else [],
    )
    return Response(page)


def _line(tx: Connection, tally: Any) -> dict[str, Any]:
    facts = find_occurrence(tx, tally.occurrence_id) if tally.occurrence_id else None
    return {
        "id": tally.id,
        "said": words.tally_line(tally),
        "where": f"{facts.number}. {facts.name}" if facts else "",
        "is_part": tally.parent_id is not None,
        "is_doubtful": tally.number is None or tally.exactness is Exactness.DOUBTFUL,
    }


def _campaign_id(tx: Connection) -> int | None:
    key = request.args.get("key")
    if not key:
        return find_current_campaign(tx, page_context().clock())
    try:
        return choose_campaign(tx, key)
    except NoSuchCampaign:
        abort(404)
