"""Things WeChat does a moment after an API call: job reports that come as pushes of their own."""

import logging
import queue
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

Job = Callable[[], object]


class Later:
    """One thread that runs jobs in the order they were given, each not before its moment."""

    def __init__(self) -> None:
        self._jobs: queue.Queue[tuple[float, Job]] = queue.Queue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def after(self, seconds: float, job: Job) -> None:
        """Run ``job`` in ``seconds`` or a little later."""
        self._jobs.put((time.monotonic() + seconds, job))
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sandbox-later", daemon=True)
                self._thread.start()

    @property
    def pending(self) -> int:
        """Jobs not finished yet."""
        return self._jobs.unfinished_tasks

    def _run(self) -> None:
        while True:
            due, job = self._jobs.get()
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                job()
            except Exception:  # one failed report must not end all later ones
                log.exception("sandbox: a delayed push failed")
            finally:
                self._jobs.task_done()
