from __future__ import annotations

import io

import pytest
import zxingcpp
from PIL import Image
from qrcode.constants import ERROR_CORRECT_L
from qrcode.util import MODE_ALPHA_NUM

from bot.domain.ticket import find_token, issue_token
from bot.reports.qr import QUIET_ZONE, QrPicture, qr_png, ticket_address

TOKEN = issue_token(123_456, b"k" * 32)
HOSTS = [
    "http://127.0.0.1:8000",
    "https://sq.gylib.example",
    "http://192.168.100.100:8000",
    "https://shuqian.a-rather-long-library.example.cn",
]


@pytest.mark.parametrize("public_url", HOSTS)
def test_address_stays_in_one_alphanumeric_segment_of_version_three_or_four(public_url: str) -> None:
    code = QrPicture(ticket_address(public_url, TOKEN)).code
    assert [segment.mode for segment in code.data_list] == [MODE_ALPHA_NUM]
    assert code.version in (3, 4)
    assert code.error_correction != ERROR_CORRECT_L


def test_local_and_short_hosts_get_version_three() -> None:
    assert [QrPicture(ticket_address(host, TOKEN)).code.version for host in HOSTS[:3]] == [3, 3, 3]


def test_spare_room_of_a_version_goes_into_correction() -> None:
    short, full = QrPicture("A"), QrPicture("A" * 20)  # both version 1: H holds 10 letters, M holds 20
    assert (short.code.version, full.code.version) == (1, 1)
    assert short.code.error_correction != full.code.error_correction


@pytest.mark.parametrize("public_url", HOSTS)
def test_picture_reads_back_as_the_address_and_the_token(public_url: str) -> None:
    address = ticket_address(public_url, TOKEN)
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(qr_png(address))))
    assert found.text == address == address.upper()
    assert find_token(found.text) == TOKEN


def test_picture_is_pure_black_on_white_with_a_quiet_zone() -> None:
    picture = Image.open(io.BytesIO(qr_png("A"))).convert("L")
    assert set(picture.tobytes()) == {0, 255}
    margin = picture.crop((0, 0, picture.width, QUIET_ZONE * 24))
    assert set(margin.tobytes()) == {255}


def test_sub_path_of_the_public_address_keeps_its_case() -> None:
    assert ticket_address("https://a.example/Library/", "abc") == "HTTPS://A.EXAMPLE/Library/T/ABC"
