"""What the sandbox must be told before it can stand in for WeChat."""

import base64
import binascii
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha1
from pathlib import Path
from urllib.parse import urlsplit

MODES = ("plain", "compatible", "safe")
AES_KEY_LENGTH = 43


class Level(IntEnum):
    """Kind of account, poorest first: what an account may do grows with it (platform notes, section 4)."""

    L0 = 0  # unverified subscription account: passive replies only
    L1 = 1  # unverified service account: adds the menu
    L2 = 2  # verified subscription account: adds customer service, tags, media, personalised menus
    L3 = 3  # verified service account: adds scene codes, template messages, notices

    @classmethod
    def parse(cls, name: str) -> "Level":
        """Give the level written as ``L0`` to ``L3``; raise ValueError for anything else."""
        try:
            return cls[name.strip().upper()]
        except KeyError:
            raise ValueError(f"account level must be one of L0, L1, L2, L3, not {name!r}") from None


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """Address and secrets of the account, and where the sandbox keeps its own small file.

    ``webhook_url`` is the account's ``/wechat``; ``public_url`` is the address under which the sandbox itself is
    reached by browser and gateway; ``page_url`` is on the domain that the account entered for its pages (empty: any).
    Raises ValueError, naming every fault at once.
    """

    webhook_url: str
    token: str
    appid: str
    secret: str
    data_dir: Path
    public_url: str
    aes_key: str | None = None
    mode: str = "plain"
    level: str = "L3"
    account_name: str = ""
    page_url: str = ""

    def __post_init__(self) -> None:
        faults = [f"{name} is empty" for name in ("token", "appid", "secret") if not getattr(self, name)]
        faults += [
            f"{name} is not an http address"
            for name in ("webhook_url", "public_url")
            if urlsplit(getattr(self, name)).scheme not in ("http", "https")
        ]
        if self.mode not in MODES:
            faults.append(f"mode must be one of {', '.join(MODES)}")
        elif self.mode != "plain" and not is_aes_key(self.aes_key):
            faults.append(f"mode {self.mode} needs an aes_key of {AES_KEY_LENGTH} base64 characters")
        try:
            Level.parse(self.level)
        except ValueError as error:
            faults.append(str(error))
        if faults:
            raise ValueError("sandbox settings: " + "; ".join(faults))

    @property
    def account_id(self) -> str:
        """The account's original id (``gh_…``), which pushes carry as ToUserName."""
        return "gh_" + sha1(self.appid.encode(), usedforsecurity=False).hexdigest()[:12]


def is_aes_key(key: str | None) -> bool:
    """Whether this is an EncodingAESKey: 43 characters that decode to 32 bytes."""
    if key is None or len(key) != AES_KEY_LENGTH:
        return False
    try:
        return len(base64.b64decode(key + "=", validate=True)) == 32
    except (binascii.Error, ValueError):
        return False
