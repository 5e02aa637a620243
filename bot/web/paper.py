"""The paper list: the sign-in sheet to be printed, and the page where it is marked afterwards. Works without script."""

from __future__ import annotations

import re
import secrets
from datetime import datetime

from flask import Blueprint, Response, abort, render_template, request
from sqlalchemy import Connection

from bot.domain.door import MOST_PEOPLE, Stamp, WalkInAudience
from bot.domain.kinds import may_organise
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.paper import Marked, PaperLine
from bot.services.door_lists import issue_ref, read_ref
from bot.services.paper import MARKING, MOST_MARKS, SHEET, list_paper, mark_code, mark_line, mark_walk_ins
from bot.services.staff import serves
from bot.store.occurrences import find_by_number
from bot.texts import paper as words
from bot.texts.moments import party_words, place_words, time_words
from bot.web.context import page_context
from bot.web.headers import forbid_keeping
from bot.web.staff_session import Visitor, refuse, signed_in

paper = Blueprint("paper", __name__, template_folder="templates")
paper.after_request(forbid_keeping)

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_BATCH = re.compile(r"[0-9a-f]{16}")
_CODES = re.compile(r"[0-9A-Za-z]+")
_DEVICE = "paper"
_AUDIENCES = tuple(audience for audience in WalkInAudience if audience is not WalkInAudience.ANYBODY)


@paper.get("/staff/sheet/<int:number>.docx")
def send_sheet(number: int) -> Response:
    """The sheet, to be opened in any word processor and printed."""
    from bot.reports.sign_in_sheet import SheetFacts, SheetLine, sign_in_sheet

    visitor, context = signed_in(), page_context()
    now = context.clock()
    with context.db.writing() as tx:
        door = _served(tx, visitor, number, now)
        lines = list_paper(tx, visitor.member, door, SHEET, context.keys, now)

    def told(line: PaperLine) -> SheetLine:
        people = line.party.people
        return SheetLine(line.name, line.last4, party_words(line.party), people, line.short_code, line.came)

    facts = SheetFacts(
        number=door.number,
        title=door.name,
        when=time_words(door),
        where=place_words(door),
        library=door.library_name,
        expected=[told(line) for line in lines if line.has_place],
        waiting=[told(line) for line in lines if not line.has_place and line.state != "cancelled"],
        walk_ins=door.rules.walk_ins or may_organise(visitor.member.role),
    )
    answer = Response(sign_in_sheet(facts), mimetype=DOCX)
    answer.headers["Content-Disposition"] = f'attachment; filename="sign-in-{door.number}.docx"'
    return answer


@paper.get("/staff/paper/<int:number>")
def show(number: int) -> Response:
    """The list to be marked."""
    visitor, context = signed_in(), page_context()
    with context.db.writing() as tx:
        return _page(tx, visitor, _served(tx, visitor, number, context.clock()), [])


@paper.post("/staff/paper/<int:number>")
def mark(number: int) -> Response:
    """Bring in what was marked; each line is an act with an id of its own, so that a form sent twice counts once."""
    visitor, context = signed_in(), page_context()
    now = context.clock()
    batch = request.form.get("batch", "")
    with context.db.writing() as tx:
        door = _served(tx, visitor, number, now)
        if not _BATCH.fullmatch(batch):
            abort(400)
        marked = [*_marked_lines(tx, visitor, door, batch, now), *_marked_codes(tx, visitor, batch, now)]
        counts = [
            (audience, people, Stamp(f"{batch}-{audience.value}", _DEVICE, now))
            for audience in _AUDIENCES
            if (people := _number(audience.value))
        ]
        noted = mark_walk_ins(tx, visitor.member, door, counts, now)
        return _page(tx, visitor, door, words.page_report(marked, noted))


def _marked_lines(tx: Connection, visitor: Visitor, door: OccurrenceFacts, batch: str, now: datetime) -> list[Marked]:
    keys, marked = page_context().keys, []
    for place, ref in enumerate(request.form.getlist("ref")[:MOST_MARKS]):
        people = _number(f"people-{place}")
        registration_id = read_ref(ref, door.id, keys) if people else None
        if registration_id is None:
            continue
        stamp = Stamp(f"{batch}-{registration_id}", _DEVICE, now)
        marked.append(mark_line(tx, visitor.member, registration_id, people, stamp, keys, now))
    return marked


def _marked_codes(tx: Connection, visitor: Visitor, batch: str, now: datetime) -> list[Marked]:
    keys = page_context().keys
    codes = list(dict.fromkeys(code.upper() for code in _CODES.findall(request.form.get("codes", ""))))
    return [
        mark_code(tx, visitor.member, code, None, Stamp(f"{batch}-{code}"[:64], _DEVICE, now), keys, now)
        for code in codes[:MOST_MARKS]
    ]


def _number(name: str) -> int:
    """A count of the form; nothing, nonsense and what no hall holds are 0."""
    people = request.form.get(name, 0, type=int)
    return people if 0 < people <= MOST_PEOPLE else 0


def _served(tx: Connection, visitor: Visitor, number: int, now: datetime) -> OccurrenceFacts:
    door = find_by_number(tx, number, now) if number < 2**31 else None
    if door is None:
        abort(404)
    if not serves(tx, visitor.member, door):
        refuse(403, "role")
    return door


def _page(tx: Connection, visitor: Visitor, door: OccurrenceFacts, news: list[str]) -> Response:
    context = page_context()
    lines = list_paper(tx, visitor.member, door, MARKING, context.keys, context.clock())
    shown = [
        {
            "ref": issue_ref(line.registration_id, door.id, context.keys),
            "name": line.name,
            "last4": line.last4,
            "party": party_words(line.party),
            "people": line.party.people,
            "state": words.STATES[line.state],
            "came": line.came,
        }
        for line in sorted(lines, key=lambda line: (not line.has_place, line.name.encode("gb18030", "replace")))
    ]
    page = render_template(
        "staff_paper.html",
        door=door,
        when=time_words(door),
        lines=shown,
        news=news,
        batch=secrets.token_hex(8),
        audiences=words.AUDIENCES,
    )
    return Response(page)
