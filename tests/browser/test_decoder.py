"""The decoder reads tickets from a moving picture, under the strict policy of our pages."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

from flask import render_template_string
from playwright.sync_api import BrowserType, Page

from bot.reports.qr import QrPicture
from tests.browser.camera import browser_with, film
from tests.browser.conftest import PHONE, Site

_PAGE = """<!doctype html><title>camera</title><link rel="icon" href="{{ asset('bookmark.svg') }}"><video id="video" playsinline muted></video>
<script src="{{ asset('decoder.js') }}" data-worker="{{ asset('decoder_worker.js') }}"
 data-reader="{{ part_url('zxing-reader.js') }}" data-wasm="{{ part_url('zxing-reader.wasm') }}"></script>"""

_LOOK = """async (wanted) => {
  const video = document.getElementById("video");
  video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: 1280, height: 720 } });
  await video.play();
  const decoder = await Decoder.open();
  const seen = new Set(), times = [];
  const end = Date.now() + 60000;
  while (seen.size < wanted && Date.now() < end) {
    const began = performance.now();
    for (const text of await decoder.decode(video)) { seen.add(text); times.push(performance.now() - began); }
    await new Promise((done) => setTimeout(done, 10));
  }
  return { kind: decoder.kind, seen: [...seen], times };
}"""


def test_twenty_tickets_in_front_of_the_camera_are_all_read(site: Site, launcher: BrowserType, tmp_path: Path) -> None:
    texts = [f"HTTPS://SQ.EXAMPLE/T/{serial:02d}ABCDEFGHIJKLMNOPQRSTUVW234567" for serial in range(20)]
    site.app.add_url_rule("/camera", view_func=lambda: render_template_string(_PAGE))
    with browser_with(launcher, film(tmp_path / "camera.mjpeg", texts, frames_each=15)) as browser:
        page = browser.new_context(viewport=PHONE).new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        requested: list[str] = []
        page.on("request", lambda request: requested.append(request.url))
        page.goto(f"{site.url}/camera")
        found: dict[str, Any] = page.evaluate(_LOOK, len(texts))
    assert sorted(found["seen"]) == texts
    assert found["kind"] in ("native", "wasm")
    assert all(url.startswith(site.url) for url in requested), requested
    assert complaints == []
    print(f"{found['kind']}: frame to text {statistics.median(found['times']):.0f} ms")


def test_without_its_parts_the_decoder_says_that_it_cannot(site: Site, open_page: Any) -> None:
    bare = "<!doctype html><title>camera</title><script src=\"{{ asset('decoder.js') }}\"></script>"
    site.app.add_url_rule("/bare", view_func=lambda: render_template_string(bare))
    page = open_page().page
    page.goto(f"{site.url}/bare")
    assert page.evaluate("Decoder.open().then(() => 'opened', () => Decoder.kind)") == "none"


_TICKET = "HTTPS://SQ.EXAMPLE/T/ABCDEFGHIJKLMNOPQRSTUVW234567"
EMPTY_PROMISE = """window.BarcodeDetector = class {
  static getSupportedFormats() { return Promise.resolve(["qr_code"]); }
  detect() { return Promise.reject(new DOMException("Barcode detection service unavailable.", "NotSupportedError")); }
}"""  # Chrome on Android without Google's services; nimiq/qr-scanner issue 98
_KEEP_WORKERS = """window.workers = [];
window.Worker = class extends Worker { constructor(address) { super(address); window.workers.push(this); } }"""
_READ = """([address, tries]) => {
  const look = (left) => fetch(address).then((got) => got.blob()).then((photo) => Decoder.decode(photo))
    .catch(() => []).then((texts) => texts.length || left < 2 ? texts : look(left - 1));
  return look(tries);
}"""


def _decoder_page(site: Site, page: Page) -> str:
    """Open the page; gives the address of a photo of a ticket."""
    photo = QrPicture(_TICKET).png()
    site.app.add_url_rule("/still", view_func=lambda: render_template_string(_PAGE))
    page.context.route("**/photo.png", lambda route: route.fulfill(body=photo, content_type="image/png"))
    page.goto(f"{site.url}/still")
    return "/photo.png"


def test_photo_from_the_phone_is_read_on_the_phone(site: Site, open_page: Any) -> None:
    """Seen to fail while decode() knew only what has a width: a basement has no server to ask."""
    page = open_page().page
    address = _decoder_page(site, page)
    assert page.evaluate(_READ, [address, 1]) == [_TICKET]


def test_detector_that_only_promises_gives_way_to_our_own(site: Site, open_page: Any) -> None:
    """Seen to fail while the browser's word was taken for good: the camera looked live and read nothing."""
    page = open_page().page
    page.add_init_script(EMPTY_PROMISE)
    address = _decoder_page(site, page)
    assert page.evaluate(_READ, [address, 3]) == [_TICKET]
    assert page.evaluate("Decoder.kind") == "wasm"


def test_worker_that_died_is_started_anew(site: Site, open_page: Any) -> None:
    """Seen to fail while a dead worker was asked for ever; phones end workers when memory is short."""
    page = open_page().page
    page.add_init_script(_KEEP_WORKERS)
    address = _decoder_page(site, page)
    assert page.evaluate(_READ, [address, 1]) == [_TICKET]
    page.evaluate("workers[0].terminate()")
    assert page.evaluate(_READ, [address, 3]) == [_TICKET]
    assert page.evaluate("workers.length") == 2


def test_where_neither_works_the_decoder_ends_by_saying_so(site: Site, open_page: Any) -> None:
    page = open_page().page
    page.add_init_script(EMPTY_PROMISE)
    page.context.route("**/zxing-reader.wasm*", lambda route: route.abort())
    address = _decoder_page(site, page)
    assert page.evaluate(_READ, [address, 6]) == []
    assert page.evaluate("Decoder.kind") == "none"
