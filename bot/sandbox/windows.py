"""How many customer-service messages an account may still send to a reader.

Two windows run side by side (platform notes, section 3): a message from the reader opens 48 hours with five sends;
a menu click, a scan, a follow or a scene code opens one minute with three.
"""

from dataclasses import dataclass, replace

MESSAGE_SECONDS = 48 * 3600
MESSAGE_SENDS = 5
ACTION_SECONDS = 60
ACTION_SENDS = 3


class WindowClosedError(Exception):
    """The reader has been silent for too long (errcode 45015)."""


class SendsUsedUpError(Exception):
    """A window is open, but its sends are spent (errcode 45047)."""


@dataclass(frozen=True, slots=True)
class Window:
    """When each window was opened (epoch seconds, None: never) and the sends left in it."""

    message_at: float | None = None
    message_left: int = 0
    action_at: float | None = None
    action_left: int = 0

    def after_message(self, now: float) -> "Window":
        """The reader wrote something."""
        return replace(self, message_at=now, message_left=MESSAGE_SENDS)

    def after_action(self, now: float) -> "Window":
        """The reader clicked, scanned or followed."""
        return replace(self, action_at=now, action_left=ACTION_SENDS)

    def after_send(self, now: float) -> "Window":
        """Spend one send, from the window that closes first; raise if none is left."""
        message_open = self.message_at is not None and now - self.message_at < MESSAGE_SECONDS
        action_open = self.action_at is not None and now - self.action_at < ACTION_SECONDS
        if action_open and self.action_left:
            return replace(self, action_left=self.action_left - 1)
        if message_open and self.message_left:
            return replace(self, message_left=self.message_left - 1)
        if message_open or action_open:
            raise SendsUsedUpError
        raise WindowClosedError
