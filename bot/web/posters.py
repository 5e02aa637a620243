"""Posters for who organises: the list of what is to come, a page for each, and the files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn
from urllib.parse import quote

from flask import Blueprint, Response, abort, render_template, request
from sqlalchemy import Connection

from bot.domain.kinds import Role
from bot.domain.occurrence import OccurrenceFacts
from bot.reports.lettering import lost_letters
from bot.reports.poster import Poster, Size
from bot.reports.typesetting import NotDrawnError
from bot.services.posters import dates_of, list_posted, theme_of
from bot.services.staff import serves
from bot.store.occurrences import find_by_number
from bot.store.readers import StaffMember
from bot.texts import posters as words
from bot.texts.moments import place_words, time_words
from bot.web.context import page_context
from bot.web.headers import forbid_keeping
from bot.web.staff_session import refuse, signed_in
from bot.wechat.scene_qrs import FoundCode

posters = Blueprint("posters", __name__, template_folder="templates")
posters.after_request(forbid_keeping)

MOST_PAGES = 60
_ALL = "all"


@posters.get("/staff/posters")
def show_list() -> Response:
    """The coming occurrences of one's own library."""
    member, context = signed_in(Role.ORGANISER).member, page_context()
    now = context.clock()
    with context.db.reading() as tx:
        found = list_posted(tx, member, now)
    shown = [{"number": each.number, "name": each.name, "when": time_words(each)} for each in found]
    return Response(render_template("staff_posters.html", shown=shown, most=MOST_PAGES))


@posters.get("/staff/posters.pdf")
def send_all() -> Response:
    """A page for each of them. The platform is waited for once: whose code does not come gets the account's."""
    member, context = signed_in(Role.ORGANISER).member, page_context()
    now = context.clock()
    with context.db.reading() as tx:
        found = list_posted(tx, member, now)[:MOST_PAGES]
        themes = [theme_of(tx, each) for each in found]
    if not found:
        abort(404)
    codes = context.posters.find_codes(found, now)
    drawn = [_poster((facts,), theme, code) for facts, theme, code in zip(found, themes, codes, strict=True)]
    try:
        content = context.posters.files.pdf(drawn, _size())
    except NotDrawnError:
        _not_drawn()
    return _file(content, "application/pdf", words.file_name_of_all())


@posters.get("/staff/poster/<int:number>")
def show(number: int) -> Response:
    """What it looks like, until when its code is good, and the files."""
    shown, theme = _found(number)
    first, context = shown[0], page_context()
    code = context.posters.find_codes([first], context.clock())[0]
    poster = _poster(shown, theme, code)
    page = render_template(
        "staff_poster.html",
        number=number,
        name=first.name if len(shown) == 1 else first.title,
        when=time_words(first) if len(shown) == 1 else words.label_words(shown),
        where=place_words(first),
        notes=words.code_notes(code.note.value, code.good_until, first.number),
        lost=words.lost_words(lost_letters(f"{first.name}{place_words(first)}{first.library_name}{theme}")),
        preview=words.preview_words(poster.shown),
        query={"dates": _ALL} if len(shown) > 1 else {},
        others=_count_dates(number) if len(shown) == 1 else 0,
    )
    return Response(page)


@posters.get("/staff/poster/<int:number>.png")
def send_png(number: int) -> Response:
    """The picture for phones; `save` offers it as a file."""
    poster, number = _asked(number)
    try:
        content = page_context().posters.files.png(poster)
    except NotDrawnError:
        _not_drawn()
    return _file(content, "image/png", words.file_name(number, "png"), is_shown="save" not in request.args)


@posters.get("/staff/poster/<int:number>.pdf")
def send_pdf(number: int) -> Response:
    """The sheet to be printed; `size`: A4 or A3."""
    poster, number = _asked(number)
    size = _size()
    try:
        content = page_context().posters.files.pdf([poster], size)
    except NotDrawnError:
        _not_drawn()
    return _file(content, "application/pdf", words.file_name(number, f"{size.value}.pdf"))


def _asked(number: int) -> tuple[Poster, int]:
    shown, theme = _found(number)
    context = page_context()
    return _poster(shown, theme, context.posters.find_codes(shown[:1], context.clock())[0]), number


def _found(number: int) -> tuple[tuple[OccurrenceFacts, ...], str]:
    """What the poster shows: the occurrence, or with `dates=all` all coming ones of its event."""
    member, context = signed_in(Role.ORGANISER).member, page_context()
    now = context.clock()
    with context.db.reading() as tx:
        facts = _served(tx, member, number)
        shown = dates_of(tx, facts, now) if request.args.get("dates") == _ALL else (facts,)
        return shown, theme_of(tx, facts)


def _served(tx: Connection, member: StaffMember, number: int) -> OccurrenceFacts:
    facts = find_by_number(tx, number, page_context().clock()) if number < 2**31 else None
    if facts is None:
        abort(404)
    if not serves(tx, member, facts):
        refuse(403, "role")
    return facts


def _count_dates(number: int) -> int:
    context = page_context()
    now = context.clock()
    with context.db.reading() as tx:
        facts = find_by_number(tx, number, now)
        found = dates_of(tx, facts, now) if facts is not None else ()
    return len(found) if len(found) > 1 else 0


def _poster(shown: Sequence[OccurrenceFacts], theme: str, code: FoundCode) -> Poster:
    desk = page_context().posters
    return Poster(tuple(shown), theme, desk.account_name, desk.contact or shown[0].library_contact, code.code)


def _size() -> Size:
    return Size.A3 if request.args.get("size") == Size.A3.value else Size.A4


def _not_drawn() -> NoReturn:
    abort(503)


def _file(content: bytes, mimetype: str, name: str, *, is_shown: bool = False) -> Response:
    answer = Response(content, mimetype=mimetype)
    way = "inline" if is_shown else "attachment"
    answer.headers["Content-Disposition"] = (
        f"{way}; filename=\"poster.{name.rsplit('.', 1)[-1]}\"; filename*=UTF-8''{quote(name)}"
    )
    return answer
