"""Secrets that nobody has to invent: made once, kept beside the data, readable by the owner only.

SECRET_KEY is always made when it is not set: personal data is encrypted under it, so it must outlive every restart.
The WeChat values are made only for the trial; with a real account they come from the platform's console.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

FILE_NAME = "secrets.env"
HEADER = "# Made at the first start. Back it up with the data: without SECRET_KEY the personal data cannot be read.\n"

_ALWAYS: dict[str, Callable[[], str]] = {"SECRET_KEY": lambda: secrets.token_urlsafe(48)}
_FOR_THE_TRIAL: dict[str, Callable[[], str]] = {
    "WECHAT_TOKEN": lambda: secrets.token_hex(16),
    "WECHAT_SECRET": lambda: secrets.token_hex(16),
    # An EncodingAESKey is 32 bytes in base64 with the final "=" left out: 43 characters.
    "WECHAT_AES_KEY": lambda: base64.b64encode(secrets.token_bytes(32)).decode().rstrip("="),
}


def missing_secrets(data_dir: Path, configured: Mapping[str, str], *, trial: bool) -> dict[str, str]:
    """The secrets that `configured` lacks, from the file in `data_dir`, made and kept there where new.

    Raises OSError when the file cannot be read or written.
    """
    makers = {**_ALWAYS, **(_FOR_THE_TRIAL if trial else {})}
    wanted = [name for name in makers if not configured.get(name, "").strip()]
    kept = _read(data_dir / FILE_NAME)
    made = {name: makers[name]() for name in wanted if not kept.get(name)}
    if made:
        _write(data_dir / FILE_NAME, {**kept, **made})
    return {name: made.get(name) or kept[name] for name in wanted}


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    lines = (line.partition("=") for line in path.read_text().splitlines() if not line.startswith("#"))
    return {name.strip(): value.strip() for name, separator, value in lines if separator}


def _write(path: Path, values: Mapping[str, str]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    # Opened with its final rights, not narrowed afterwards: it is never readable by others, not even for a moment.
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(HEADER + "".join(f"{name}={value}\n" for name, value in values.items()))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
