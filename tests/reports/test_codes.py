"""Photos of tickets, as phones send them."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.reports.codes import MOST_PIXELS, UnreadablePhoto, read_codes
from bot.reports.qr import QrPicture

FIRST, SECOND = "HTTPS://SQ.EXAMPLE/T/ABCDEFGH234567", "HTTPS://SQ.EXAMPLE/T/ZYXWVUTS765432"


def photo(*texts: str, size: tuple[int, int] = (1600, 1200), shift: int = 0) -> Image.Image:
    """Codes on a grey table, side by side."""
    table = Image.new("RGB", size, (120, 118, 110))
    for place, text in enumerate(texts):
        code = Image.open(io.BytesIO(QrPicture(text).png())).convert("RGB").resize((520, 520))
        table.paste(code, (120 + place * 760 + shift, 240))
    return table


def sent(picture: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """The file."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_code_is_read_from_each_kind_of_file(kind: str) -> None:
    assert read_codes(sent(photo(FIRST), kind)) == [FIRST]


def test_all_codes_of_a_photo_are_read() -> None:
    assert sorted(read_codes(sent(photo(FIRST, SECOND)))) == sorted([FIRST, SECOND])


@pytest.mark.parametrize("turned", [90, 180, 37])
def test_a_turned_photo_is_read(turned: int) -> None:
    assert read_codes(sent(photo(FIRST, size=(1400, 1400), shift=200).rotate(turned, fillcolor=(90, 90, 90)))) == [
        FIRST
    ]


def test_a_photo_that_says_how_it_was_held_is_read() -> None:
    lying = photo(FIRST).transpose(Image.Transpose.ROTATE_90)
    marked = Image.Exif()
    marked[0x0112] = 6
    assert read_codes(sent(lying, exif=marked.tobytes())) == [FIRST]


def test_a_large_photo_is_read() -> None:
    assert read_codes(sent(photo(FIRST).resize((6400, 4800)), quality=70)) == [FIRST]


def test_a_photo_without_a_code_has_none() -> None:
    assert read_codes(sent(photo())) == []


@pytest.mark.parametrize(
    "data",
    [b"", b"no picture", b"\xff\xd8\xff\xe0" + b"\0" * 50, sent(photo(FIRST))[:2_000], sent(photo(FIRST), "GIF")],
    ids=["empty", "text", "head only", "cut off", "another kind"],
)
def test_what_is_no_photo_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadablePhoto):
        read_codes(data)


def test_a_small_file_that_unfolds_to_a_huge_picture_is_refused_before_it_does() -> None:
    side = int(MOST_PIXELS**0.5) + 500
    bomb = sent(Image.new("1", (side, side)), "PNG")
    assert len(bomb) < 50_000
    with pytest.raises(UnreadablePhoto):
        read_codes(bomb)
