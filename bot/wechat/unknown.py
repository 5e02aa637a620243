"""Kinds of pushes that nobody here has heard of: each is logged once, so that a keeper learns of what is new.

Only the kind's name is logged, and only if it looks like one: whatever else a push holds is somebody's business.
"""

from __future__ import annotations

import re
from threading import Lock

import structlog

MOST_KINDS = 50
"""Remembered for each process; whoever could make up pushes could make up kinds without end."""

_NAME = re.compile(r"[a-z][a-z0-9_ ]*\Z", re.ASCII)
_LONGEST_NAME = 60

log = structlog.get_logger(__name__)


class UnknownKinds:
    """Remembers which kinds were logged."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._lock = Lock()

    def note(self, kind: str) -> None:
        """Log the kind unless it was logged before, or too many others were."""
        name = kind[:_LONGEST_NAME] if _NAME.match(kind) else "without a proper name"
        with self._lock:
            if name in self._seen or len(self._seen) >= MOST_KINDS:
                return
            self._seen.add(name)
            is_last = len(self._seen) == MOST_KINDS
        log.warning("unknown_push", kind=name)
        if is_last:
            log.warning("unknown_pushes_no_longer_logged", kinds=MOST_KINDS)
