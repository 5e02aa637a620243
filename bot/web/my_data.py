"""The reader's copy of their own data: a page to read and a file to keep, for ten minutes after 我的信息."""

from __future__ import annotations

import json

from flask import Blueprint, Response, render_template

from bot.domain.data_link import read_link
from bot.domain.personal_data import PersonalData
from bot.services.personal_data import collect_personal_data
from bot.texts.personal_data import FILE_NAME, as_file, in_full
from bot.web.context import page_context
from bot.web.headers import forbid_keeping
from bot.web.refusals import refuse_unknown_address

my_data = Blueprint("my_data", __name__, template_folder="templates")
my_data.after_request(forbid_keeping)


@my_data.get("/my-data/<token>")
def show(token: str) -> Response:
    """The page."""
    return Response(render_template("my_data.html", sections=in_full(_data_of(token)), token=token))


@my_data.get("/my-data/<token>.json")
def download(token: str) -> Response:
    """The file."""
    content = json.dumps(as_file(_data_of(token), page_context().clock()), ensure_ascii=False, indent=2)
    answer = Response(content + "\n", content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    return answer


def _data_of(token: str) -> PersonalData:
    context = page_context()
    reader_id = read_link(token, context.keys.copies, context.clock())
    with context.db.reading() as tx:  # a forged token costs the same query as a genuine one
        data = collect_personal_data(tx, reader_id or 0, context.keys)
    if data.known_since is None:
        refuse_unknown_address()
    return data
