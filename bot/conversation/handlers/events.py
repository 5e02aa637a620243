"""活动, 详情 and today's programme."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from bot.conversation.days import ListFilter, fits, fits_day, read_filter
from bot.conversation.dialogue import Listing, Paging
from bot.conversation.handlers.lottery import describe_lottery
from bot.conversation.handlers.standing import suspension_line
from bot.conversation.intents import Intent
from bot.conversation.normalise import simplify, tidy
from bot.conversation.talk import Talk
from bot.domain.clock import at_local, local_day
from bot.domain.kinds import SignUp
from bot.domain.occurrence import OccurrenceFacts
from bot.store.occurrences import count_seats_left, count_seats_taken_each, find_public_by_number, list_upcoming
from bot.store.registrations import count_waiting
from bot.texts import events as words
from bot.texts.asked import asks_where_or_when
from bot.texts.sign_up import no_such_number

PAGE = 6
"""Occurrences on one page: about half of what a passive reply may hold, easy to take in on a phone."""


def list_events(talk: Talk, intent: Intent) -> str:
    """活动 with its filters; the list goes on with 更多."""
    if intent.guessed and (facts := _meant_exactly(talk, intent.words)) is not None:
        return describe(talk, facts)
    return _list_from(talk, intent.words, 0) or _not_found(talk, intent)


def _meant_exactly(talk: Talk, asked: str) -> OccurrenceFacts | None:
    """书法展在哪里: the one occurrence whose title was typed in full, and not only a topic of several."""
    plain = simplify(tidy(asked))
    if not asks_where_or_when(plain, anywhere=True):
        return None
    titled = [facts for facts in list_upcoming(talk.tx, talk.now) if len(facts.title) > 1 and facts.title in plain]
    return titled[0] if len(titled) == 1 else None


def _open_first(found: list[OccurrenceFacts], now: datetime) -> list[OccurrenceFacts]:
    """What can still be signed up for, before what is closed already: the first of a list is what people take."""
    closed = [facts for facts in found if _is_closed(facts, now)]
    return [facts for facts in found if not _is_closed(facts, now)] + closed if closed else found


def _is_closed(facts: OccurrenceFacts, now: datetime) -> bool:
    end = facts.sign_up_ends_at
    return facts.sign_up is not SignUp.NONE and end is not None and end <= now


def _list_from(talk: Talk, asked: str, offset: int) -> str | None:
    """A page of what fits, or of what is near to it; None when there is neither."""
    wanted = read_filter(asked, local_day(talk.now)) if asked else ListFilter()
    upcoming = list_upcoming(talk.tx, talk.now)
    found = upcoming if wanted.is_empty else [facts for facts in upcoming if fits(facts, wanted)]
    found = _open_first(found, talk.now)
    near = [] if found else _nearest(upcoming, wanted)
    if not (found or near):
        return None
    page = (found or near)[offset : offset + PAGE]
    more = max(0, len(found or near) - offset - PAGE)
    if more:
        talk.next = Listing(asked, offset + PAGE)
    heading = asked.strip() if found else ""
    said = words.list_page(_lines(talk, page), first=offset == 0, more=more, asked=heading)
    return said if found or offset else f"{words.not_quite_found(asked.strip())}\n{said}"


def _not_found(talk: Talk, intent: Intent) -> str:
    if intent.maybe_number is not None:
        return show_detail(talk, intent)
    return words.nothing_found(intent.words.strip())


def _nearest(upcoming: list[OccurrenceFacts], wanted: ListFilter) -> list[OccurrenceFacts]:
    """Nothing fits all of it: what there is of that kind, or what is on that day, rather than a dead end."""
    same_day = [facts for facts in upcoming if wanted.day_from is not None and fits_day(facts, wanted)]
    same_kind = [facts for facts in upcoming if wanted.topics and fits(facts, ListFilter(topics=wanted.topics))]
    return same_kind or same_day


def _lines(talk: Talk, found: list[OccurrenceFacts]) -> list[str]:
    taken = count_seats_taken_each(talk.tx, [facts.id for facts in found], talk.now)
    return [words.listed(facts, facts.seats_left(taken.get(facts.id, 0)), talk.now) for facts in found]


def show_detail(talk: Talk, intent: Intent) -> str:
    """A bare number or 详情."""
    number = intent.number if intent.number is not None else intent.maybe_number
    if number is None:
        return list_events(talk, Intent(intent.command, words=""))
    facts = find_public_by_number(talk.tx, number, talk.now)
    return describe(talk, facts) if facts else no_such_number(number)


def describe(talk: Talk, facts: OccurrenceFacts) -> str:
    """One occurrence with its places."""
    left = count_seats_left(talk.tx, facts, talk.now)
    said = words.detail(facts, left, count_waiting(talk.tx, facts.id), talk.now)
    lottery = describe_lottery(talk, facts)
    if lottery:
        about, _, next_step = said.rpartition("\n")
        said = f"{about}\n{lottery}\n{next_step}"
    needs_sign_up = facts.sign_up is SignUp.REQUIRED and not facts.is_over(talk.now)
    if needs_sign_up and (closed := suspension_line(talk)):
        said = f"{said}\n{closed}"
    if talk.staff is None or facts.sign_up is SignUp.NONE:
        return said
    return f"{said}\n{words.screen_link(talk.desk.screen_url(facts.id))}"


def todays_programme(talk: Talk) -> str:
    """What goes on today, for readers."""
    tomorrow = at_local(local_day(talk.now) + timedelta(days=1), time())
    found = list_upcoming(talk.tx, talk.now, starts_before=tomorrow)
    return words.todays_programme(_lines(talk, found))


def next_page(talk: Talk) -> str:
    """更多: the list goes on, or the rest of a long answer."""
    match talk.dialogue:
        case Listing(asked, offset):
            return _list_from(talk, asked, offset) or words.no_more()
        case Paging((page, *rest)):
            talk.next = Paging(tuple(rest)) if rest else None
            return page
        case _:
            return words.no_more()
