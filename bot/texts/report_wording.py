"""The wording of the report: read from report_wording.yaml, with a library's own file laid over it, and checked.

A file with faults is refused as a whole, each fault with its line: a report never goes out with a hole in a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from bot.texts.wording import Wording
from bot.texts.wording_reading import WordingReader
from bot.texts.wording_tree import Faults, lay_over, plain, read_tree

BUILT_IN = Path(__file__).with_name("report_wording.yaml")
LARGEST_FILE = 200_000
"""Bytes; a longer file is not a wording file."""


class WordingRefused(ValueError):
    """A wording file with faults; `faults` has a line for each, in Chinese, with where it is."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def read_wording(own: bytes | None = None) -> Wording:
    """The built-in wording, with the library's own file laid over it. Raises WordingRefused."""
    base_text = BUILT_IN.read_text(encoding="utf-8")
    faults = Faults()
    base = read_tree(base_text, faults)
    tree, source = base, base_text
    if own is not None:
        laid = read_tree(_decode(own), faults)
        if not faults.found:
            tree = lay_over(base, laid, faults)
            source = yaml.safe_dump(plain(tree), allow_unicode=True, sort_keys=False, width=160)
    wording = None if faults.found else WordingReader(tree, base, faults).read(source)
    if wording is None or faults.found:
        raise WordingRefused(tuple(faults.found))
    return wording


def _decode(data: bytes) -> str:
    if len(data) > LARGEST_FILE:
        raise WordingRefused((f"文件太大：报告用语文件不应超过 {LARGEST_FILE // 1000} KB。",))
    for encoding in ("utf-8-sig", "gb18030"):  # editors on older Windows save in the latter
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise WordingRefused(("文件不是文字：请另存为 UTF-8 编码的 YAML 文件。",))


@lru_cache(1)
def built_in_wording() -> Wording:
    """The wording that comes with the system."""
    return read_wording()


@dataclass(slots=True)
class _Own:
    """The library's own file, as this process was told of it, and what it was when it was last read."""

    path: Path | None = None
    seen: tuple[int, int] | None = None
    wording: Wording | None = None
    faults: tuple[str, ...] = ()


_own = _Own()


def name_wording_file(path: Path | None) -> None:
    """Say where the library's own file is; None: there is none. It is read when it is needed, and again when edited."""
    _own.path, _own.seen, _own.wording, _own.faults = path, None, None, ()


def use_wording_file(path: Path | None) -> Wording:
    """The same, and read it at once. Raises WordingRefused with its faults."""
    name_wording_file(path)
    if faults := wording_faults():
        raise WordingRefused(faults)
    return wording_in_force()


def wording_in_force() -> Wording:
    """The wording that reports are written with, here and now: the built-in one where the own file has faults."""
    _read_own()
    return _own.wording or built_in_wording()


def wording_faults() -> tuple[str, ...]:
    """Why the library's own file is not in force, a line each; empty when it is, or when there is none."""
    _read_own()
    return _own.faults


def _read_own() -> None:
    if _own.path is None:
        return
    try:
        state = _own.path.stat()
        if _own.seen == (state.st_mtime_ns, state.st_size):
            return
        _own.seen = (state.st_mtime_ns, state.st_size)
        _own.wording, _own.faults = read_wording(_own.path.read_bytes()), ()
    except OSError as error:
        reason = error.strerror or "无法读取"
        _own.seen, _own.wording, _own.faults = None, None, (f"打不开报告用语文件 {_own.path.name}：{reason}。",)
    except WordingRefused as refused:
        _own.wording, _own.faults = None, refused.faults
