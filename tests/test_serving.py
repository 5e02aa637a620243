"""The server that tests put before browsers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.serving import answer_whole


class _File:
    closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield from (b"one ", b"two")

    def close(self) -> None:
        self.closed = True


def test_answer_is_closed_before_anybody_can_hang_up() -> None:
    """Seen to fail with the bare application: nothing was closed until the last byte was taken."""
    file = _File()

    def app(environ: dict[str, Any], start: Any) -> _File:
        return file

    parts = answer_whole(app)({}, lambda *args: None)

    assert file.closed
    assert list(parts) == [b"one two"]
