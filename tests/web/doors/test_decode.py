"""Photos for the server to read, from browsers that cannot."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.reports.test_codes import FIRST, photo, sent
from tests.web.doors.phones import HEADERS, Phone

PHOTO = sent(photo(FIRST))


def post(client: FlaskClient, data: bytes, kind: str = "image/jpeg", **more: Any) -> Any:
    """POST /staff/api/decode."""
    return client.post("/staff/api/decode", data=data, content_type=kind, headers=HEADERS, **more)


def test_the_codes_of_a_photo_come_back(phone: Phone) -> None:
    answer = post(phone.client, PHOTO)
    assert (answer.status_code, answer.get_json()) == (200, {"codes": [FIRST]})


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"no picture", "image/jpeg", 400),
        (PHOTO, "application/json", 400),
        (b"", "image/png", 400),
        (PHOTO + bytes(7 * 1024 * 1024), "image/jpeg", 413),
    ],
    ids=["garbage", "not said to be a picture", "empty", "seven megabytes"],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(phone: Phone, data: bytes, kind: str, status: int) -> None:
    answer = post(phone.client, data, kind)
    assert answer.status_code == status
    assert answer.get_json()["advice"]


def test_a_photo_above_the_general_limit_of_a_request_is_read(phone: Phone) -> None:
    large = sent(photo(FIRST, size=(4000, 3000)), quality=100)
    assert len(large) > 64 * 1024
    assert post(phone.client, large).get_json() == {"codes": [FIRST]}


def test_only_staff_have_photos_read(phone: Phone) -> None:
    stranger = phone.client.application.test_client()
    assert post(stranger, PHOTO).status_code == 401
    assert phone.client.post("/staff/api/decode", data=BytesIO(PHOTO), content_type="image/jpeg").status_code == 403
