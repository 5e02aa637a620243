"""A phone's camera for tests: a film of tickets held in front of it, shown to Chromium as its camera."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, BrowserType

from bot.reports.qr import QrPicture
from tests.browser.conftest import ARGUMENTS, PHONE, chromium

FRAMES_PER_SECOND = 30  # Chromium plays MJPEG at this rate, whatever the file says
SIZE = (1280, 720)
_CODE_SIDE = 380  # a phone's screen at arm's length


def film(path: Path, texts: Sequence[str], *, frames_each: int = 30, frames_between: int = 6) -> Path:
    """Write a film that shows the codes one after another, with an empty table in between, and begins again."""
    table = _jpeg(_table())
    with path.open("wb") as file:
        file.write(table * frames_between)
        for place, text in enumerate(texts):
            file.write(_jpeg(_held(text, place)) * frames_each + table * frames_between)
    return path


def _table() -> Image.Image:
    return Image.new("RGB", SIZE, (92, 84, 76))


def _held(text: str, place: int) -> Image.Image:
    """A phone that shows a ticket, each time a little elsewhere and tilted."""
    code = Image.open(io.BytesIO(QrPicture(text).png())).convert("RGB").resize((_CODE_SIDE, _CODE_SIDE))
    screen = Image.new("RGB", (_CODE_SIDE + 60, _CODE_SIDE + 220), (250, 249, 246))
    screen.paste(code, (30, 90))
    tilted = screen.rotate((place % 5 - 2) * 4, expand=True, fillcolor=(92, 84, 76))
    scene = _table()
    left = (SIZE[0] - tilted.width) // 2 + (place % 3 - 1) * 60
    scene.paste(tilted, (left, (SIZE[1] - tilted.height) // 2))
    return scene


def _jpeg(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80)
    return file.getvalue()


def _arguments(camera: Path) -> list[str]:
    return [
        *ARGUMENTS,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={camera}",
    ]


@contextmanager
def browser_with(launcher: BrowserType, camera: Path) -> Iterator[Browser]:
    """Chromium whose camera shows this film."""
    browser = launcher.launch(executable_path=chromium(), args=_arguments(camera))
    yield browser
    browser.close()


@contextmanager
def phone_with(launcher: BrowserType, camera: Path, profile: Path) -> Iterator[BrowserContext]:
    """The same with a profile on disk, which outlives the browser as on a phone."""
    phone = launcher.launch_persistent_context(
        str(profile), executable_path=chromium(), args=_arguments(camera), viewport=PHONE, permissions=["camera"]
    )
    yield phone
    phone.close()
