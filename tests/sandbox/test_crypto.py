"""Signature and cipher against values worked out elsewhere, and against the platform library."""

import base64

import pytest
from wechatpy.crypto import WeChatCrypto

from bot.sandbox import crypto
from tests.sandbox.account import AES_KEY, APPID, TOKEN


def test_signature_is_sha1_of_the_sorted_parts() -> None:
    # printf '%s' 1700000000424242token-of-the-tests | sha1sum
    assert crypto.sign(TOKEN, "1700000000", "424242") == "844fff35f63478955a37b600b9b4baeb2c5d15d3"


def test_signature_does_not_depend_on_the_order_of_the_parts() -> None:
    assert crypto.sign("b", "2", "c", "1") == crypto.sign("b", "c", "1", "2")


@pytest.mark.parametrize("length", [0, 1, 11, 12, 31, 32, 33, 5000])
def test_sealed_text_comes_back(length: int) -> None:
    clear = ("签" * length).encode()
    assert crypto.unseal(crypto.seal(clear, AES_KEY, APPID), AES_KEY, APPID) == clear


def test_two_seals_of_one_text_differ() -> None:
    assert crypto.seal(b"x", AES_KEY, APPID) != crypto.seal(b"x", AES_KEY, APPID)


def test_platform_library_reads_what_is_sealed_here() -> None:
    sealed = crypto.seal(b"<xml><a>1</a></xml>", AES_KEY, APPID)
    signature = crypto.sign(TOKEN, "1700000000", "42", sealed)
    message = f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    opened = WeChatCrypto(TOKEN, AES_KEY, APPID).decrypt_message(message, signature, "1700000000", "42")
    assert "<a>1</a>" in opened


@pytest.mark.parametrize("spoil", ["", "not base64!", "QUJD", base64.b64encode(b"\x00" * 64).decode()])
def test_spoilt_seal_is_refused(spoil: str) -> None:
    with pytest.raises(crypto.BadCipherError):
        crypto.unseal(spoil, AES_KEY, APPID)


def test_seal_of_another_account_is_refused() -> None:
    with pytest.raises(crypto.BadCipherError, match="another account"):
        crypto.unseal(crypto.seal(b"x", AES_KEY, "wx-other"), AES_KEY, APPID)


def test_changed_ciphertext_is_refused() -> None:
    raw = bytearray(base64.b64decode(crypto.seal(b"x" * 40, AES_KEY, APPID)))
    raw[-1] ^= 1
    with pytest.raises(crypto.BadCipherError):
        crypto.unseal(base64.b64encode(bytes(raw)).decode(), AES_KEY, APPID)
