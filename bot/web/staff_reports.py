"""/staff/reports: the figures of a campaign with the rows behind each, its report, confirmations and written words."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, abort, render_template, request, url_for
from sqlalchemy import Connection

from bot.domain.closing import report_url
from bot.domain.kinds import Role
from bot.domain.report_style import read_style
from bot.domain.summary import Summary
from bot.domain.trace import Trace, total_of
from bot.reports.document import Heading, Paragraph
from bot.reports.report_text import write_report
from bot.reports.tables import list_tables
from bot.reports.wording_of_cells import said
from bot.services.campaigns import NoSuchCampaign, choose_campaign, list_campaigns
from bot.services.closing import (
    FiguresConfirmed,
    NotConfirming,
    NothingToConfirm,
    confirm_figures,
    may_confirm,
    with_confirmations,
)
from bot.services.report_desk import (
    NoSuchDocument,
    NoSuchSlot,
    NotForThisRole,
    SlotCleared,
    SlotTooLong,
    SlotWritten,
    VersionShown,
    list_slots,
    list_versions,
    may_write,
    read_document,
    set_slot,
)
from bot.services.reports import DraftKept, FrozenMeanwhile, NewerKept
from bot.services.summary import summarize, with_past
from bot.store.campaigns import libraries_by_code
from bot.store.reports import find_wording, get_closing
from bot.store.trace_rows import list_rows
from bot.texts import counting, moments
from bot.texts import reports_pages as words
from bot.texts.differences import difference_words
from bot.texts.metrics import plain_number
from bot.web.context import page_context
from bot.web.headers import forbid_keeping
from bot.web.staff_session import Visitor, refuse, signed_in
from bot.web.traces import BadTraceError, query_of, read_trace

staff_reports = Blueprint("staff_reports", __name__, template_folder="templates")
staff_reports.after_request(forbid_keeping)

_MOST_ROWS = 500
_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "txt": "text/plain; charset=utf-8",
    "pdf": "application/pdf",
}
_PREVIEW = "report.pdf"


@staff_reports.get("/staff/reports")
def show_list() -> Response:
    """All campaigns, newest first, and where each stands."""
    signed_in(Role.ORGANISER)
    with page_context().db.reading() as tx:
        shown = [(each, words.closing_state(get_closing(tx, each.id))) for each in list_campaigns(tx)]
    return Response(render_template("staff_reports.html", shown=shown))


@staff_reports.get("/staff/reports/<key>")
def show(key: str) -> Response:
    """Figures, confirmations, versions and files; `library`: of one library with what is below it."""
    return _page(signed_in(Role.ORGANISER), key)


@staff_reports.get("/staff/reports/<key>/rows")
def show_rows(key: str) -> Response:
    """The rows behind one figure, and their sum."""
    signed_in(Role.ORGANISER)
    context = page_context()
    try:
        trace = read_trace(request.args)
    except BadTraceError:
        abort(404)
    with context.db.reading() as tx:
        rows = list_rows(tx, _campaign_id(tx, key), trace, context.keys, context.clock())
    shown = [
        {
            "kind": words.row_kind(row.kind),
            "id": row.id,
            "at": moments.moment_words(row.at) if row.at else "",
            "number": row.number,
            "title": row.title,
            "adds": plain_number(row.adds),
            "words": row.words,
        }
        for row in rows[:_MOST_ROWS]
    ]
    page = render_template(
        "staff_report_rows.html", key=key, rows=shown, total=plain_number(total_of(rows)), count=len(rows)
    )
    return Response(page)


@staff_reports.post("/staff/reports/<key>/build")
def build(key: str) -> Response:
    """Make the draft again with the figures of now."""
    from bot.press import Press  # only here: drawing loads what no other page needs

    visitor, context = signed_in(Role.ORGANISER), page_context()
    with context.db.reading() as tx:
        campaign_id, library_id = _campaign_id(tx, key), _library_id(tx)
    press = Press(context.db, context.keys, context.clock, lambda each: report_url(context.public_url, each))
    outcome, _ = press.build_draft(campaign_id, library_id)
    match outcome:
        case DraftKept():
            return _page(visitor, key, words.BUILT)
        case FrozenMeanwhile():
            return _page(visitor, key, words.FROZEN_MEANWHILE)
        case NewerKept():
            return _page(visitor, key, words.NEWER_KEPT)


@staff_reports.post("/staff/reports/<key>/confirm")
def confirm(key: str) -> Response:
    """`confirmed`: the library whose figures are right."""
    visitor, context = signed_in(Role.ORGANISER), page_context()
    with context.db.writing() as tx:
        campaign_id = _campaign_id(tx, key)
        stored = libraries_by_code(tx).get(request.form.get("confirmed", ""))
        if stored is None:
            abort(404)
        outcome = confirm_figures(tx, campaign_id, stored.id, visitor.member, context.keys, context.clock())
    match outcome:
        case FiguresConfirmed():
            return _page(visitor, key, words.CONFIRMED)
        case NothingToConfirm():
            return _page(visitor, key, words.NOTHING_TO_CONFIRM)
        case NotConfirming():
            return _page(visitor, key, words.NOT_YOURS)


@staff_reports.get("/staff/reports/<key>/<int:number>/<name>")
def download(key: str, number: int, name: str) -> Response:
    """One file of a version, as it was made; the preview is drawn now from the document."""
    visitor, context = signed_in(Role.ORGANISER), page_context()
    ending = name.rpartition(".")[2]
    if ending not in _TYPES:
        abort(404)
    asked = "report.docx" if name == _PREVIEW else name
    with context.db.writing() as tx:
        campaign_id = _campaign_id(tx, key)
        found = read_document(tx, visitor.member, campaign_id, _library_id(tx), number, asked, context.clock())
    if isinstance(found, NotForThisRole):
        refuse(403, "role")
    if isinstance(found, NoSuchDocument):
        abort(404)
    content = _preview(found) if name == _PREVIEW else found
    if content is None:
        abort(404)
    answer = Response(content, content_type=_TYPES[ending])
    shown = f"{key}-{words.version_name(number)}.{ending}"
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(shown)}"
    return answer


@staff_reports.get("/staff/reports/<key>/words")
def show_words(key: str) -> Response:
    """Every paragraph of the report, each with a field to write it anew."""
    return _words_page(signed_in(Role.ORGANISER), key)


@staff_reports.post("/staff/reports/<key>/words")
def write(key: str) -> Response:
    """`slot` and `words`: what stands there from now on; no words bring the generated ones back."""
    visitor, context = signed_in(Role.ORGANISER), page_context()
    slot, typed = request.form.get("slot", ""), request.form.get("words", "")
    with context.db.writing() as tx:
        campaign_id, library_id = _campaign_id(tx, key), _library_id(tx)
        outcome = set_slot(tx, visitor.member, campaign_id, library_id, slot, typed, context.clock())
    match outcome:
        case SlotWritten():
            return _words_page(visitor, key, words.WRITTEN)
        case SlotCleared():
            return _words_page(visitor, key, words.CLEARED)
        case NoSuchSlot():
            return _words_page(visitor, key, words.NO_SUCH_SLOT)
        case SlotTooLong(most):
            return _words_page(visitor, key, words.too_long(most), typed=(slot, typed))
        case NotForThisRole():
            return _words_page(visitor, key, words.NOT_WRITING)


# --- parts -----------------------------------------------------------------------------------------------------------


def _page(visitor: Visitor, key: str, news: str = "") -> Response:
    context = page_context()
    now = context.clock()
    with context.db.reading() as tx:
        campaign_id, library_id = _campaign_id(tx, key), _library_id(tx)
        counted = summarize(tx, campaign_id, context.keys, now, library_id=library_id)
        summary = with_past(tx, with_confirmations(tx, counted), context.keys, now)
        versions = list_versions(tx, visitor.member, campaign_id, library_id)
        closing = get_closing(tx, campaign_id)
    if isinstance(versions, NotForThisRole):
        refuse(403, "role")
    page = render_template(
        "staff_report.html",
        key=key,
        scope=_scope(summary),
        summary=summary,
        news=news,
        state=words.closing_state(closing),
        libraries=[part.library for part in counted.libraries],
        confirmations=[
            (each, words.confirmed(each.state), may_confirm(visitor.member, each.library.id))
            for each in summary.confirmations
        ],
        versions=[_version(each) for each in versions],
        tables=list_tables(summary),
        said=said,
        rows_url=lambda trace: _rows_url(key, trace),
        rules=counting.rule_lines(summary.rules),
    )
    return Response(page)


def _version(shown: VersionShown) -> dict[str, Any]:
    files = [(name, words.FILES[name]) for name in shown.files if name in words.FILES]
    if "report.docx" in shown.files and _can_preview():
        files.append((_PREVIEW, words.FILES[_PREVIEW]))
    return {
        "number": shown.version.number,
        "name": words.version_name(shown.version.number),
        "made": moments.moment_words(shown.version.made_at),
        "reason": shown.version.reason,
        "files": files,
        "differences": [difference_words(each) for each in shown.differences],
    }


def _words_page(visitor: Visitor, key: str, news: str = "", typed: tuple[str, str] | None = None) -> Response:
    context = page_context()
    now = context.clock()
    with context.db.reading() as tx:
        campaign_id, library_id = _campaign_id(tx, key), _library_id(tx)
        counted = summarize(tx, campaign_id, context.keys, now, library_id=library_id)
        summary = with_confirmations(tx, counted)
        slots = list_slots(tx, visitor.member, campaign_id, library_id)
        style = read_style(find_wording(tx, campaign_id))
        writes = may_write(tx, visitor.member, campaign_id, library_id)
    if isinstance(slots, NotForThisRole):
        refuse(403, "role")
    written = {slot.name: slot.words for slot in slots}
    document = write_report(summary, style, written)
    blocks = [
        {
            "slot": block.slot,
            "is_heading": isinstance(block, Heading),
            "words": typed[1] if typed and typed[0] == block.slot else block.words,
            "is_written": block.slot in written,
        }
        for block in document.blocks
        if isinstance(block, Heading | Paragraph)
    ]
    page = render_template(
        "staff_report_words.html",
        key=key,
        scope=_scope(summary),
        title=document.title,
        blocks=blocks,
        to_check=document.to_check,
        news=news,
        writes=writes,
    )
    return Response(page)


def _scope(summary: Summary) -> dict[str, str]:
    """What the addresses of a library's own report bear."""
    return {"library": summary.library.code} if summary.library else {}


def _rows_url(key: str, trace: Trace) -> str:
    return url_for("staff_reports.show_rows", key=key, **query_of(trace))  # type: ignore[arg-type]


def _campaign_id(tx: Connection, key: str) -> int:
    try:
        return choose_campaign(tx, key)
    except NoSuchCampaign:
        abort(404)


def _library_id(tx: Connection) -> int | None:
    """The library that the address names; 404 for a code that none has."""
    code = request.args.get("library")
    if not code:
        return None
    stored = libraries_by_code(tx).get(code)
    if stored is None:
        abort(404)
    return int(stored.id)


def _can_preview() -> bool:
    from bot.reports.preview import can_preview

    return can_preview()


def _preview(docx: bytes) -> bytes | None:
    from bot.reports.preview import to_pdf

    return to_pdf(docx)
