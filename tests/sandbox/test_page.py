"""The page in a real browser: it works, it stays at home, it complains of nothing."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.sandbox.account import Pushed, reply, text
from tests.sandbox.conftest import Rig
from tests.serving import listen

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
]
SIZES = {"phone": (390, 844), "desktop": (1280, 800)}
TICKET = "http://127.0.0.1:8000/T/AEBAGBAFAYDQQCIK"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: the sandbox page was not looked at"),
]


@dataclass
class Visit:
    """An open page, what it asked for, and what it complained of."""

    page: Page
    rig: Rig
    base: str
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)


def answer(pushed: Pushed) -> tuple[int, str]:
    """A small account: a welcome, a ticket, a check-in; 坏 breaks it."""
    words = {"subscribe": "欢迎关注", "scancode_waitmsg": "「签到成功」"}.get(pushed.text("Event"), "收到")
    if pushed.text("Content") == "入场码":
        words = f'<a href="javascript:alert(1)">看</a> {TICKET}。<img src=x onerror=alert(1)>'
    return (500, "") if pushed.text("Content") == "坏" else (200, reply(pushed, text(words)))


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield started
    started.close()


@pytest.fixture(params=SIZES)
def visit(request: pytest.FixtureRequest, rig: Rig, browser: Browser) -> Iterator[Visit]:
    """The page of an empty sandbox, at each size."""
    rig.account.answer = answer
    rig.clock.now = 1_790_000_000.0
    server = listen(rig.app)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    width, height = SIZES[request.param]
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    visit = Visit(page, rig, f"http://127.0.0.1:{server.server_port}")
    page.on("request", lambda asked: visit.hosts.add(urlsplit(asked.url).netloc))
    page.on("console", lambda said: visit.complaints.append(said.text))
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    page.goto(visit.base)
    page.set_default_timeout(8000)
    yield visit
    context.close()
    server.shutdown()
    server.server_close()
    assert visit.complaints == []
    assert visit.hosts == {urlsplit(visit.base).netloc}


def add_person(visit: Visit, nickname: str) -> None:
    """Make a reader by hand, as the size of the screen wants it."""
    if visit.page.locator("#people-open").is_visible():
        visit.page.click("#people-open")
    visit.page.fill("#nickname", nickname)
    visit.page.click("#new-person button")
    expect(visit.page.locator(".entry.account .bubble").first).to_have_text("欢迎关注")


def say(visit: Visit, words: str) -> None:
    if visit.page.locator("#to-text").is_visible():
        visit.page.click("#to-text")
    visit.page.fill("#say-text", words)
    visit.page.keyboard.press("Enter")


def test_reader_follows_speaks_and_is_answered(visit: Visit) -> None:
    add_person(visit, "张三")
    say(visit, "活动")
    expect(visit.page.locator(".entry.reader .bubble")).to_have_text("活动")
    expect(visit.page.locator(".entry.account .bubble").last).to_have_text("收到")
    assert [pushed.text("Event") or pushed.text("Content") for pushed in visit.rig.account.received] == [
        "subscribe",
        "活动",
    ]


def test_typed_words_go_out_as_a_voice_that_was_recognised(visit: Visit) -> None:
    add_person(visit, "张三")
    if visit.page.locator("#to-text").is_visible():
        visit.page.click("#to-text")
    visit.page.fill("#say-text", "报名十二")
    visit.page.click("#say-voice")
    expect(visit.page.locator(".entry.reader .bubble.voice")).to_contain_text("报名十二")
    expect(visit.page.locator(".entry.account .bubble").last).to_have_text("收到")
    assert visit.rig.account.received[-1].text("Recognition") == "报名十二"


def test_what_the_account_says_cannot_run(visit: Visit) -> None:
    add_person(visit, "张三")
    say(visit, "入场码")
    bubble = visit.page.locator(".entry.account .bubble").last
    expect(bubble).to_contain_text("<img src=x onerror=alert(1)>")
    assert bubble.locator("a").evaluate_all("links => links.map(link => [link.href, link.rel])") == [
        [TICKET, "noopener noreferrer"]
    ]
    assert bubble.locator("img").count() == 0


def test_ticket_is_scanned_through_the_menu(visit: Visit) -> None:
    add_person(visit, "张三")
    say(visit, "入场码")
    expect(visit.page.locator(".entry.account .bubble").last).to_contain_text("/T/")
    visit.page.click("#to-menu")
    visit.page.click(".parent > button")
    visit.page.click(".sub-menu button >> text=扫码签到")
    visit.page.click("#ticket-list button")
    expect(visit.page.locator(".entry.account .bubble").last).to_have_text("「签到成功」")
    assert visit.rig.account.received[-1].text("ScanCodeInfo/ScanResult") == TICKET


def test_uploaded_code_is_scanned(visit: Visit, tmp_path: Path) -> None:
    import qrcode

    picture = tmp_path / "ticket.png"
    qrcode.make(TICKET.upper()).save(str(picture))
    add_person(visit, "张三")
    visit.page.click(".parent > button")
    visit.page.click(".sub-menu button >> text=扫码签到")
    visit.page.set_input_files("#scan-file", str(picture))
    expect(visit.page.locator(".entry.account .bubble").last).to_have_text("「签到成功」")
    assert visit.rig.account.received[-1].text("ScanCodeInfo/ScanResult") == TICKET.upper()


def test_broken_account_shows_the_service_fault(visit: Visit) -> None:
    add_person(visit, "张三")
    say(visit, "坏")
    expect(visit.page.locator(".line.fault")).to_contain_text("服务出现故障")


def test_notice_arrives_by_itself(visit: Visit) -> None:
    add_person(visit, "张三")
    openid = visit.rig.get("people")["people"][0]["openid"]
    template = visit.rig.get("templates")["templates"][0]["template_id"]
    data: dict[str, Any] = {"thing1": {"value": "讲座"}, "time2": {"value": "2026-05-21 15:00"}}
    data |= {"thing3": {"value": "总馆"}}
    visit.rig.call("message/template/send", {"touser": openid, "template_id": template, "data": data, "url": TICKET})
    expect(visit.page.locator(".notice h3")).to_have_text("活动开始提醒")
    expect(visit.page.locator(".notice dd").first).to_have_text("讲座")


def test_leaving_and_following_again(visit: Visit) -> None:
    add_person(visit, "张三")
    visit.page.click("#more-open")
    visit.page.click("#toggle-follow")
    expect(visit.page.locator("#bar")).to_be_hidden()
    visit.page.click("#welcome-follow")
    expect(visit.page.locator("#bar")).to_be_visible()
    assert [pushed.text("Event") for pushed in visit.rig.account.received] == ["subscribe", "unsubscribe", "subscribe"]


def test_chat_fits_the_screen(visit: Visit) -> None:
    add_person(visit, "张三")
    say(visit, "入" * 300)
    expect(visit.page.locator(".entry.account .bubble").last).to_have_text("收到")
    width, height = visit.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    screen = visit.page.viewport_size
    assert screen is not None
    assert (width, height) == (screen["width"], screen["height"])
    phone = visit.page.locator(".phone").bounding_box()
    assert phone is not None
    assert phone["width"] == 390
    if screen["width"] == 390:
        assert phone["height"] == 844


def test_every_control_has_a_name(visit: Visit) -> None:
    add_person(visit, "张三")
    nameless = visit.page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, textarea, a')]
             .filter(e => !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length || e.title))
             .map(e => e.outerHTML)"""
    )
    assert nameless == []
