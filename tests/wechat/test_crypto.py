"""The message cipher against an implementation of the tests' own, and every way to damage a ciphertext."""

from __future__ import annotations

import base64
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from bot.wechat.crypto import CipherBox, DecryptionError, decrypt_with_any
from tests.wechat.pushes import AES_KEY, APPID, OTHER_AES_KEY, TOKEN, decrypt, encrypt, raw_encrypt

BOX = CipherBox(AES_KEY, APPID)
RAW_KEY = base64.b64decode(AES_KEY + "=")


@given(st.binary(max_size=300))
def test_any_text_survives_both_directions(clear: bytes) -> None:
    assert BOX.decrypt(encrypt(clear)) == clear
    assert decrypt(BOX.encrypt(clear)) == clear


def test_wechatpy_opens_what_we_seal() -> None:
    crypto = WeChatCrypto(TOKEN, AES_KEY, APPID)
    envelope = crypto.encrypt_message("<xml>词</xml>", "nonce", "1780000000")
    sealed = envelope.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    assert BOX.decrypt(sealed) == "<xml>词</xml>".encode()


def test_equal_texts_are_sealed_differently() -> None:
    assert BOX.encrypt(b"same") != BOX.encrypt(b"same")


def test_previous_key_opens_and_the_box_that_opened_is_given_back() -> None:
    boxes = (BOX, CipherBox(OTHER_AES_KEY, APPID))
    assert decrypt_with_any(boxes, encrypt(b"new")).box is boxes[0]
    assert decrypt_with_any(boxes, encrypt(b"old", OTHER_AES_KEY)).box is boxes[1]


def damaged() -> dict[str, str]:
    """Ciphertexts that must not open, by what is wrong with them."""
    good = base64.b64decode(encrypt(b"<xml></xml>"))
    flipped = good[:-1] + bytes([good[-1] ^ 1])
    frame = secrets.token_bytes(16) + (5).to_bytes(4, "big") + b"clear" + APPID.encode()
    pad = 32 - len(frame) % 32
    long_pad = frame + bytes([pad + 32]) * (pad + 32)
    uneven = frame + bytes([1]) * (pad - 1) + bytes([pad])
    beyond = secrets.token_bytes(16) + (1_000_000).to_bytes(4, "big") + APPID.encode()
    beyond += bytes([32 - len(beyond) % 32]) * (32 - len(beyond) % 32)
    return {
        "empty": "",
        "not base64": "*" * 64,
        "not ASCII": "密文",
        "odd length": base64.b64encode(good[:-16]).decode(),
        "one block": base64.b64encode(good[:16]).decode(),
        "flipped bit": base64.b64encode(flipped).decode(),
        "other appid": encrypt(b"x", appid="wxsomebodyelse0000"),
        "no appid": encrypt(b"x", appid=""),
        "other key": encrypt(b"x", OTHER_AES_KEY),
        "only padding": base64.b64encode(raw_encrypt(bytes([32]) * 32, RAW_KEY)).decode(),
        "zero padding": base64.b64encode(raw_encrypt(frame + bytes(pad), RAW_KEY)).decode(),
        "padding over a block": base64.b64encode(raw_encrypt(long_pad, RAW_KEY)).decode(),
        "uneven padding": base64.b64encode(raw_encrypt(uneven, RAW_KEY)).decode(),
        "length beyond the end": base64.b64encode(raw_encrypt(beyond, RAW_KEY)).decode(),
    }


@pytest.mark.parametrize("name", sorted(damaged()))
def test_damaged_ciphertext_is_one_and_the_same_error(name: str) -> None:
    """Seen to fail for `uneven padding` without the comparison of all padding bytes, for `other appid` without the tail."""
    with pytest.raises(DecryptionError) as caught:
        BOX.decrypt(damaged()[name])
    assert caught.value.args == ()


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: base64.b64encode(raw).decode()))
def test_any_ciphertext_opens_or_is_refused(text: str) -> None:
    with pytest.raises(DecryptionError):
        BOX.decrypt(text)


@pytest.mark.parametrize("key", ["", "short", "*" * 43, AES_KEY + "A", AES_KEY[:-1]])
def test_unusable_key_is_refused_at_the_start(key: str) -> None:
    with pytest.raises(ValueError):
        CipherBox(key, APPID)
