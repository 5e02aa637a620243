"""The public page of a lottery: rules and digest before the draw, seed and result after it. Nothing personal in it."""

from __future__ import annotations

import json
from datetime import datetime

from flask import Blueprint, Response, abort, render_template

from bot.domain.kinds import OccurrenceStatus
from bot.domain.lottery import Lot, LotteryResult, draw_due_at, is_by_lot, read_published
from bot.domain.occurrence import OccurrenceFacts
from bot.store.lotteries import Lottery, count_entries, find_lottery
from bot.store.occurrences import find_public_by_number
from bot.texts import lottery as texts
from bot.texts.moments import moment_words, time_words
from bot.web.context import page_context

lotteries = Blueprint("lotteries", __name__, template_folder="templates")


@lotteries.get("/lottery/<int:number>")
def show(number: int) -> Response:
    """The page of the occurrence that bears this public number."""
    facts, lottery, entries = _find(number)
    result, now = _result_of(lottery), page_context().clock()
    due_at = draw_due_at(facts)
    page = render_template(
        "lottery.html",
        facts=facts,
        when=time_words(facts),
        address=f"{page_context().public_url}/lottery/{number}",
        window=texts.window_words(facts, due_at),
        phase=_phase(facts, due_at, now),
        entries=entries,
        lottery=lottery,
        drawn_at=moment_words(lottery.drawn_at) if lottery and lottery.drawn_at else None,
        result=result,
        won=len(result.of(Lot.WON)) if result else 0,
        seats=texts.seats_words(result) if result else None,
        lots=[(entry, texts.outcome_words(entry)) for entry in result.entries] if result else [],
        method=texts.METHOD,
        fit=texts.FIT_WORDS[result.fit if result else facts.rules.waitlist_fit],
        snippet=texts.SNIPPET,
    )
    return Response(page)


@lotteries.get("/lottery/<int:number>.json")
def download(number: int) -> Response:
    """The published result as the check reads it; 404 before the draw."""
    _, lottery, _ = _find(number)
    if lottery is None or lottery.result is None:
        abort(404)
    body = json.dumps(dict(lottery.result), ensure_ascii=False, indent=1)
    answer = Response(body, content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="lottery-{number}.json"'
    return answer


def _phase(facts: OccurrenceFacts, due_at: datetime | None, now: datetime) -> str:
    """Before the draw: `off`, `soon`, `open`, `due` (closed, the worker comes at once) or `missed` (begun undrawn)."""
    if facts.status is OccurrenceStatus.CANCELLED:
        return "off"
    if facts.starts_at is not None and facts.starts_at <= now:
        return "missed"
    if due_at is not None and due_at <= now:
        return "due"
    return "soon" if facts.opens_at is not None and now < facts.opens_at else "open"


def _find(number: int) -> tuple[OccurrenceFacts, Lottery | None, int]:
    context = page_context()
    if number >= 2**31:
        abort(404)
    with context.db.reading() as tx:
        facts = find_public_by_number(tx, number, context.clock())
        lottery = find_lottery(tx, facts.id) if facts else None
        if facts is None or not (is_by_lot(facts) or lottery):
            abort(404)
        return facts, lottery, count_entries(tx, facts.id)


def _result_of(lottery: Lottery | None) -> LotteryResult | None:
    return read_published(lottery.result) if lottery and lottery.result is not None else None
