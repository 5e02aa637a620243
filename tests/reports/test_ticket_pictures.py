"""Drawn tickets: scanned off another screen, cut to the middle square, and within a moment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.ticket import issue_token
from bot.reports.lettering import MEDIUM
from bot.reports.qr import ticket_address
from bot.reports.ticket_pictures import CARD_PX, WIDTH_PX, TicketPicture, _wrap, draw_card, draw_ticket
from tests.reports.photos import open_picture, photograph, read

LONG = "“书香利州·悦读童年”六一亲子绘本共读暨 Picture Book 双语故事会（第二季）🎉 *第十二场* "
HOSTS = ["http://127.0.0.1:8000", "https://shuqian.a-rather-long-library.example.cn/signup"]


def ticket_of(host: str = HOSTS[0], title: str = "亲子绘本共读") -> TicketPicture:
    """A ticket."""
    address = ticket_address(host, issue_token(123_456, b"k" * 32))
    when, where = "5月30日（周六）09:30–11:00", "少儿阅览室 利州东路 88 号 2 楼"
    return TicketPicture("广元市图书馆", title, when, where, "1大1小", 12, "K7P2QX", address)


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("title", ["书", LONG, LONG * 4])
def test_ticket_is_read_in_a_photo_of_the_screen(host: str, title: str) -> None:
    ticket = ticket_of(host, title)
    picture = open_picture(draw_ticket(ticket))
    assert picture.width == WIDTH_PX < picture.height
    assert read(photograph(picture, width=480, degrees=14, lean=0.15, blur=0.8, noise=40)) == [ticket.address]


@pytest.mark.parametrize("host", HOSTS)
def test_middle_square_of_the_card_is_a_code_that_is_read(host: str) -> None:
    ticket = ticket_of(host, LONG)
    picture = open_picture(draw_card(ticket))
    assert picture.size == CARD_PX
    left = (picture.width - picture.height) // 2
    square = picture.crop((left, 0, left + picture.height, picture.height))
    assert read(square) == [ticket.address]
    assert read(photograph(picture, width=900, degrees=9, lean=0.1, blur=0.5, noise=30)) == [ticket.address]


def test_a_day_is_not_broken_within() -> None:
    """Single characters for words would let a line of the card begin in “月15日”."""
    lines = _wrap("5月15日（周日）至7月15日（周五）", 22, MEDIUM, 214, most=3)
    assert lines == ["5月15日（周日）至", "7月15日（周五）"]


def test_no_part_may_be_missing() -> None:
    bare = replace(ticket_of(), library="", where="", title="", when="", party="")
    assert read(open_picture(draw_ticket(bare))) == read(open_picture(draw_card(bare))) == [bare.address]
