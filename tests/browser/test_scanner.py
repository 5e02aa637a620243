"""The scanner's page in a browser: what a volunteer sees and does. (Without network: test_offline.)"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserType, Page, Route, expect
from sqlalchemy import func, select, update

from bot.reports.qr import QrPicture
from bot.store.door_tables import walk_in
from bot.store.staff_tables import staff_session
from tests.browser.axe import serious_faults
from tests.browser.camera import browser_with, film
from tests.browser.conftest import PHONE, Site, take_picture
from tests.browser.door_acts import figures_of
from tests.browser.door_phone import let_in_staff, open_scanner, path_of
from tests.browser.every_page import LONG_TITLE, SCANNER_ANSWERS, SCANNER_SHEETS, TOMORROW
from tests.browser.test_decoder import EMPTY_PROMISE
from tests.browser.test_every_page import AUDIT
from tests.web.stage import DAY_BEFORE

pytestmark = pytest.mark.browser

LYING = {"width": 640, "height": 360}
TOMORROW_HOURS = {"starts_at": TOMORROW, "ends_at": TOMORROW + timedelta(minutes=90)}
GREEN, AMBER, RED = ("answer tone-green", "answer tone-amber", "answer tone-red")
GUN = """text => text.split("").concat("Enter").forEach(letter => {
  var focus = document.activeElement;
  var isTaken = focus.dispatchEvent(new KeyboardEvent("keydown", { key: letter, bubbles: true, cancelable: true }));
  if (isTaken && "value" in focus && letter !== "Enter") { focus.value += letter; }
})"""  # as fast as a gun on any machine, unlike keys that travel through the test
TO_THE_ANSWER = "performance.getEntriesByName('answer').map(entry => entry.duration)[0] || 0"


def _type(page: Page, words: str) -> None:
    page.locator(".tabs [data-sheet=entry]").click()
    page.locator("#entry-words").fill(words)
    page.locator("#entry-words").press("Enter")


def _expect(page: Page, tone: str, word: str) -> None:
    expect(page.locator("#answer-word")).to_have_text(word)
    expect(page.locator("#answer")).to_have_class(tone)


def test_typed_code_is_answered_in_colour_and_word(site: Site, open_page: Any) -> None:
    held = site.stage.occurrence()
    family = site.stage.registration(held)
    page = open_scanner(site, open_page().page, held)
    expect(page.locator("#came")).to_have_text("0")
    _type(page, site.stage.short_code(family))
    _expect(page, GREEN, "签到成功")
    expect(page.locator("#came")).to_have_text("2")
    expect(page.locator("#answer")).to_be_hidden(timeout=3_000)  # green goes away by itself
    _type(page, site.stage.short_code(family))
    _expect(page, AMBER, "已签到")
    page.wait_for_timeout(1_500)
    expect(page.locator("#answer")).to_be_visible()  # amber waits for a touch
    page.locator("#answer-close").click()
    expect(page.locator("#answer")).to_be_hidden()


def test_the_word_fills_the_screen(site: Site, open_page: Any) -> None:
    held = site.stage.occurrence()
    gone = site.stage.registration(held, "cancelled")
    page = open_scanner(site, open_page().page, held)
    _type(page, site.stage.short_code(gone))
    _expect(page, RED, "已取消")
    size = page.evaluate("parseFloat(getComputedStyle(document.getElementById('answer-word')).fontSize)")
    assert size >= PHONE["width"] * 0.15


def test_camera_reads_tickets_one_after_another(site: Site, browser: Browser, tmp_path: Path) -> None:
    """Issue 4, Shows: under 3 s from opening to the first accepted scan, under 300 ms from code in view to the answer."""
    held = site.stage.occurrence()
    families = [site.stage.registration(held) for _ in range(5)]
    camera = film(tmp_path / "tickets.mjpeg", [site.stage.ticket_url(each) for each in families], frames_each=45)
    with browser_with(browser.browser_type, camera) as phone:
        page = phone.new_page(viewport=PHONE)
        let_in_staff(site, page, held)
        page.goto(f"{site.url}/staff/scan")
        page.wait_for_selector("#answer.tone-green:not([hidden])")
        first = page.evaluate("performance.now()")
        took = []
        for came in range(2, 12, 2):
            expect(page.locator("#came")).to_have_text(str(came), timeout=20_000)
            page.wait_for_timeout(100)
            took.append(page.evaluate(TO_THE_ANSWER))
        print(f"first accepted scan {first:.0f} ms after opening; code to answer {[round(each) for each in took]} ms")
        assert figures_of(site, held) == (10, 0)
        assert first < 3_000
        assert sorted(took)[2] < 300


def test_one_code_held_in_view_is_one_scan(site: Site, browser: Browser, tmp_path: Path) -> None:
    """Seen to fail without `seen` in scanner_camera.js: 已签到 follows at once."""
    held = site.stage.occurrence()
    family = site.stage.registration(held)
    camera = film(tmp_path / "one.mjpeg", [site.stage.ticket_url(family)], frames_each=200, frames_between=0)
    with browser_with(browser.browser_type, camera) as phone:
        page = phone.new_page(viewport=PHONE)
        open_scanner(site, page, held)
        expect(page.locator("#came")).to_have_text("2")
        page.wait_for_timeout(2_500)
        expect(page.locator("#answer")).to_be_hidden()
        assert len(page.evaluate("Door.recent()")) == 1


def test_the_number_of_a_party_is_set_right_and_the_rest_comes_later(site: Site, open_page: Any) -> None:
    held = site.stage.occurrence()
    family = site.stage.registration(held, adults=1, children=2, seats=3)
    page = open_scanner(site, open_page().page, held)
    _type(page, site.stage.short_code(family))
    expect(page.locator("#answer")).to_be_hidden(timeout=3_000)
    page.locator("#last").get_by_label("少一人").click()
    expect(page.locator("#came")).to_have_text("2")
    assert figures_of(site, held) == (2, 0)
    _type(page, site.stage.short_code(family))
    page.get_by_role("button", name="又来了1人").click()
    _expect(page, GREEN, "签到成功")
    assert figures_of(site, held) == (3, 0)
    expect(page.locator("#answer")).to_be_hidden(timeout=3_000)
    page.locator("#last .undo").click()
    expect(page.locator("#came")).to_have_text("0")
    expect(page.locator("#last")).to_be_hidden()


def test_staff_let_in_all_the_same_with_a_number(site: Site, open_page: Any) -> None:
    held = site.stage.occurrence(sign_up="none")
    page = open_scanner(site, open_page().page, held)
    _type(page, "ZZZZZZ")
    _expect(page, RED, "无效")
    page.locator("#answer").get_by_label("多一人").click()
    page.get_by_role("button", name="仍然放行 2人").click()
    _expect(page, AMBER, "待核")
    assert figures_of(site, held) == (0, 2)


def test_sheet_opened_before_the_place_is_known_gets_its_buttons(site: Site, open_page: Any) -> None:
    """Seen to fail while an open sheet was never drawn again: it stayed without a button for whoever was quick."""
    held = site.stage.occurrence(sign_up="none")
    page = open_page().page
    let_in_staff(site, page, held)
    waiting: list[Route] = []
    page.route("**/staff/api/door", lambda route: waiting.append(route))
    page.goto(f"{site.url}/staff/scan")
    page.wait_for_function("document.body.classList.contains('is-ready')")
    page.locator(".tabs [data-sheet=walk]").click()
    expect(page.locator("#walk .walk-add")).to_have_count(0)
    assert waiting
    page.unroute("**/staff/api/door")  # lets the waiting ones go on
    expect(page.locator("#walk .walk-add")).to_have_count(9)


def test_quick_taps_of_walk_ins_are_all_counted_and_one_is_taken_back(site: Site, open_page: Any) -> None:
    held = site.stage.occurrence(sign_up="none")
    page = open_scanner(site, open_page().page, held)
    page.locator(".tabs [data-sheet=walk]").click()
    expect(page.locator("#walk .walk-add")).to_have_count(9)
    page.evaluate("document.querySelectorAll('.walk-add').forEach(each => { each.click(); each.click(); })")
    expect(page.locator("#walk-totals")).to_have_text("本机已记：成人 32，儿童 32，老人 32")
    expect(page.locator("#walk-ins")).to_have_text("96")
    page.keyboard.press("Escape")
    page.locator(".tabs [data-sheet=recent]").click()
    page.get_by_role("button", name="撤销 现场老人 +10").first.click()
    expect(page.locator("#walk-ins")).to_have_text("86")
    with site.stage.db.reading() as tx:
        assert tx.execute(select(func.count()).select_from(walk_in)).scalar_one() == 18


def test_quantity_is_noted_and_offered_again(site: Site, open_page: Any) -> None:
    held = site.stage.occurrence()
    page = open_scanner(site, open_page().page, held)
    page.locator(".tabs [data-sheet=tally]").click()
    page.locator("#tally-words").fill("宣传单 300多 份")
    page.locator("#tally-words").press("Enter")
    _expect(page, GREEN, "已记录")
    page.get_by_role("button", name="宣传单 300多 份").click()
    assert page.evaluate("getSelection().toString()") == "300"  # the next number is typed over it


def test_search_by_last_digits_or_name_checks_in(site: Site, open_page: Any) -> None:
    held = site.stage.occurrence()
    site.stage.registration(held)
    page = open_scanner(site, open_page().page, held)
    for words in ("8000", "张"):
        _type(page, words)
        expect(page.locator("#found .choice")).to_have_count(1)
        page.keyboard.press("Escape")
    _type(page, "8000")
    page.locator("#found .choice").click()
    _expect(page, GREEN, "签到成功")
    assert figures_of(site, held) == (2, 0)


@pytest.mark.parametrize("field", [None, "#entry-words"])
def test_gun_types_a_ticket_wherever_the_focus_is(site: Site, open_page: Any, field: str | None) -> None:
    held = site.stage.occurrence()
    family = site.stage.registration(held)
    page = open_scanner(site, open_page().page, held)
    if field:
        page.locator(".tabs [data-sheet=entry]").click()
    page.evaluate(GUN, site.stage.ticket_url(family).upper())
    _expect(page, GREEN, "签到成功")
    if field:
        assert page.locator(field).input_value() == ""


def test_gun_is_read_under_a_chinese_input_method(site: Site, open_page: Any) -> None:
    """The input method hides the letters (`Process`); the places of the keys tell them."""
    held = site.stage.occurrence()
    family = site.stage.registration(held)
    page = open_scanner(site, open_page().page, held)
    page.evaluate(
        """code => code.split("").concat("Enter").forEach(letter => {
          var place = letter === "Enter" ? letter : /[0-9]/.test(letter) ? "Digit" + letter : "Key" + letter;
          document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Process", code: place, bubbles: true }));
        })""",
        site.stage.short_code(family),
    )
    _expect(page, GREEN, "签到成功")


def test_without_camera_the_page_says_so_and_reads_a_photo(site: Site, open_page: Any) -> None:
    held = site.stage.occurrence()
    family = site.stage.registration(held)
    page = open_scanner(site, open_page().page, held)
    expect(page.locator("#view-words")).to_contain_text("没有可用的摄像头")
    picture = {"name": "ticket.png", "mimeType": "image/png", "buffer": QrPicture(site.stage.ticket_url(family)).png()}
    page.locator("#photo").set_input_files(picture)
    _expect(page, GREEN, "签到成功")


def test_photo_is_read_on_the_phone_when_the_server_cannot_be_asked(site: Site, open_page: Any) -> None:
    """Seen to fail while the decoder did not know files: the page offered a way that ended in a sentence."""
    held = site.stage.occurrence()
    family = site.stage.registration(held)
    page = open_scanner(site, open_page().page, held)
    page.route("**/staff/api/decode", lambda route: route.abort())
    picture = {"name": "ticket.png", "mimeType": "image/png", "buffer": QrPicture(site.stage.ticket_url(family)).png()}
    page.locator("#photo").set_input_files(picture)
    _expect(page, GREEN, "签到成功")


def test_camera_that_nothing_can_read_says_so(site: Site, launcher: BrowserType, tmp_path: Path) -> None:
    """Seen to fail with the decoder's faults swallowed: a live picture that never answers."""
    held = site.stage.occurrence()
    with browser_with(launcher, film(tmp_path / "one.mjpeg", ["NOTHING"])) as own:
        page = own.new_context(viewport=PHONE, service_workers="block").new_page()
        page.add_init_script(EMPTY_PROMISE)
        page.context.route("**/zxing-reader.wasm*", lambda route: route.abort())
        open_scanner(site, page, held)
        expect(page.locator("#view-words")).to_contain_text("这个浏览器识别不了画面里的码")
        expect(page.locator("#start-photo")).to_be_visible()


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        ("NotAllowedError", "没有得到摄像头的许可"),
        ("NotReadableError", "正被别的程序占用"),
        ("NotFoundError", "没有可用的摄像头"),
    ],
)
def test_each_failure_of_the_camera_has_its_sentence(site: Site, open_page: Any, failure: str, sentence: str) -> None:
    held = site.stage.occurrence()
    page = open_page().page
    page.add_init_script(
        f"navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '{failure}'))"
    )
    open_scanner(site, page, held)
    expect(page.locator("#view-words")).to_contain_text(sentence)
    expect(page.locator("#start-photo")).to_be_visible()
    page.locator(".more").click()
    expect(page.locator("#way-camera")).to_have_text("不可用")
    expect(page.locator("#way-typed")).to_have_text("可用")


def test_inside_wechat_its_own_scanner_is_offered_where_the_camera_does_not_open(site: Site, open_page: Any) -> None:
    """WeChat itself cannot run here: its script and our signature are answered for it, the page's part is real."""
    held = site.stage.occurrence()
    family = site.stage.registration(held)
    page = open_page(user_agent="Mozilla/5.0 (Linux; Android 10) Chrome/107 Mobile MicroMessenger/8.0.40").page
    signed = {"available": True, "appId": "wx1", "timestamp": "1", "nonceStr": "n", "signature": "s"}
    page.route("**/staff/api/wx?*", lambda route: route.fulfill(json=signed))
    result = json.dumps({"resultStr": site.stage.ticket_url(family)})
    kit = f"""window.jWeixin = {{ config() {{}}, ready(then) {{ then(); }}, error() {{}},
      scanQRCode(asked) {{ asked.success({result}); }} }};"""
    page.route("**/wechat.js*", lambda route: route.fulfill(body=kit, content_type="text/javascript"))
    open_scanner(site, page, held)
    page.locator("#start-wechat").click()
    _expect(page, GREEN, "签到成功")
    assert figures_of(site, held) == (2, 0)


def test_session_that_is_over_is_told_and_leads_to_the_sign_in_and_back(site: Site, open_page: Any) -> None:
    held = site.stage.occurrence()
    page = open_scanner(site, open_page().page, held)
    expect(page.locator("#came")).to_have_text("0")
    with site.stage.db.writing() as tx:
        tx.execute(update(staff_session).values(expires_at=DAY_BEFORE))
    page.evaluate("Door.syncNow()")
    expect(page.locator("#over")).to_contain_text("登录已过期")
    page.locator("#over-link").click()
    assert path_of(page) == "/staff/sign-in"
    assert page.url.endswith("next=/staff/scan")


def test_whoever_was_never_here_is_led_to_the_sign_in(site: Site, open_page: Any) -> None:
    page = open_page().page
    page.goto(f"{site.url}/staff/")
    page.wait_for_url("**/staff/sign-in?next=/staff/scan")


def test_door_works_by_plain_forms_without_script(site: Site, open_page: Any) -> None:
    held = site.stage.occurrence(sign_up="none")
    family = site.stage.registration(held)
    page = open_page(java_script_enabled=False).page
    let_in_staff(site, page, held)
    page.goto(f"{site.url}/staff/scan")
    page.wait_for_url("**/staff/scan/plain")
    page.locator("#code").fill(site.stage.short_code(family))
    page.get_by_role("button", name="签到", exact=True).click()
    expect(page.locator(".plain-word")).to_have_text("签到成功")
    page.reload()  # sends the form again: the same act
    expect(page.locator(".plain-word")).to_have_text("签到成功")
    assert figures_of(site, held) == (2, 0)
    page.get_by_role("button", name="撤销这一次").click()
    expect(page.locator(".plain-word")).to_have_text("已撤销")
    page.get_by_role("button", name="现场儿童 +5").click()
    expect(page.locator(".plain-word")).to_have_text("已登记")
    assert figures_of(site, held) == (0, 0)


@pytest.mark.parametrize("size", [{"width": 360, "height": 640}, PHONE, {"width": 320, "height": 568}, LYING])
def test_each_state_is_readable_and_reachable(site: Site, open_page: Any, size: dict[str, int]) -> None:
    """The states on pictures (Issue 4, Shows), each looked at by axe and by our own audit."""
    held = site.stage.occurrence(capacity=2, label="第三场")
    other = site.stage.occurrence(title=LONG_TITLE, **TOMORROW_HOURS)
    watched = open_page(viewport=size)
    page, found = open_scanner(site, watched.page, held, other), {}
    expect(page.locator("#expected")).to_have_text("0")

    def look(name: str) -> None:
        page.wait_for_timeout(200)  # a sheet rises
        take_picture(page, f"{name}-{size['width']}", full_page=False)
        if name != "answer-ok":  # it is gone before it is measured
            found[name] = [*serious_faults(page), *page.evaluate(AUDIT)]

    look("ready")
    for name, opener in SCANNER_SHEETS.items():
        page.locator(opener).click()
        look(name)
        page.keyboard.press("Escape")
    code = ""
    for name, (tone, values) in SCANNER_ANSWERS.items():
        if name != "already":
            code = "ZZZZZZ" if values is None else site.stage.short_code(site.stage.registration(held, **values))
        _type(page, code)
        expect(page.locator("#answer")).to_have_class(f"answer tone-{tone}")
        look(f"answer-{name}")
        page.keyboard.press("Escape")
    page.goto(f"{site.url}/staff/scan/plain")
    look("plain")
    assert found == {name: [] for name in found}
    assert watched.complaints == []
