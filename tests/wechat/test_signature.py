"""Signatures and freshness. Each refusal was seen to fail with `is_signed` or `is_fresh` made to return True."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.utils import check_signature

from bot.wechat.signature import is_fresh, is_signed, sign

NOW = datetime(2026, 5, 27, 1, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())


def test_signature_is_the_one_that_wechatpy_expects() -> None:
    signature = sign("token", "1780000000", "nonce")
    check_signature("token", signature, "1780000000", "nonce")
    with pytest.raises(InvalidSignatureException):
        check_signature("token", signature, "1780000001", "nonce")


def test_genuine_signature_is_accepted_and_any_change_is_not() -> None:
    signature = sign("token", "1780000000", "nonce", "cipher")
    assert is_signed(signature, "token", "1780000000", "nonce", "cipher")
    assert not is_signed(signature, "token", "1780000000", "nonce", "cipheR")
    assert not is_signed(signature, "tokem", "1780000000", "nonce", "cipher")
    assert not is_signed(signature[:-1], "token", "1780000000", "nonce", "cipher")


@pytest.mark.parametrize("signature", ["", "签名", "\udcff", "0" * 40, "é" * 40])
def test_strange_signature_is_refused_without_an_exception(signature: str) -> None:
    assert not is_signed(signature, "token", "1780000000", "nonce")


@pytest.mark.parametrize("shift", [-300, -1, 0, 1, 300])
def test_timestamp_within_five_minutes_is_fresh(shift: int) -> None:
    assert is_fresh(str(SECONDS + shift), NOW)


@pytest.mark.parametrize(
    "timestamp",
    [
        *(str(SECONDS - 301), str(SECONDS + 301), "", "0", "-178000000", str(SECONDS)[:9], str(SECONDS) + "0"),
        *(" " + str(SECONDS)[1:], "１７８００００００", "²²²²²²²²²²", "1e12345678", "abcdefghij"),
    ],
)
def test_other_timestamp_is_not_fresh(timestamp: str) -> None:
    assert not is_fresh(timestamp, NOW)


def test_digit_moved_from_timestamp_to_nonce_keeps_the_signature_but_is_not_fresh() -> None:
    stamp = str(SECONDS)
    signature = sign("token", stamp, "2nonce")
    assert is_signed(signature, "token", stamp + "2", "nonce")  # the platform's scheme cannot tell
    assert not is_fresh(stamp + "2", NOW)
