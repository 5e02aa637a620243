"""The public account that this deployment serves, as the webhook and the gateway need to know it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Mode(StrEnum):
    """How pushes are encrypted. Fixed by configuration: a request that could choose would choose the weaker check."""

    PLAIN = "plain"
    COMPATIBLE = "compatible"
    SAFE = "safe"


@dataclass(frozen=True, slots=True)
class Account:
    """Identity and secrets of the account; `aes_keys` holds the current EncodingAESKey and, in rotation, the previous.

    Raises ValueError for an account that could not be told from a forger: no token, or encryption without a key.
    """

    appid: str
    token: str = field(repr=False)
    secret: str = field(default="", repr=False)
    mode: Mode = Mode.PLAIN
    aes_keys: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if not self.token:
            raise ValueError("an account without a token would accept every signature")
        if self.mode is not Mode.PLAIN and not self.aes_keys:
            raise ValueError(f"mode {self.mode} needs an AES key")
