"""What `keys rotate` prints, for the keeper of the machine."""

from __future__ import annotations

from typing import Protocol


class Leftovers(Protocol):
    """What still needs the previous key."""

    @property
    def damaged(self) -> int:
        """Rows with a value that opens under neither key."""
        ...

    @property
    def cards(self) -> int:
        """Entries of card lists."""
        ...

    @property
    def invitations(self) -> int:
        """Invitations that nobody has used yet."""
        ...

    @property
    def is_done(self) -> bool:
        """Whether nothing does."""
        ...


def rotation_lines(renewed: int, left: Leftovers) -> list[str]:
    """What was done, and what is left to do before the previous key can go."""
    lines = [f"resealed {renewed} rows"]
    if left.damaged:
        lines.append(f"{left.damaged} rows open under neither key. They were left as they are.")
    if left.cards:
        lines.append(
            f"{left.cards} entries of reader card lists: import those lists again, their numbers are not kept."
        )
    if left.invitations:
        lines.append(f"{left.invitations} unused invitations: invite anew, or wait until they end.")
    lines.append(
        "Done. SECRET_KEY_PREVIOUS can be taken out once the occurrences are over whose tickets were sent before."
        if left.is_done
        else "Keep SECRET_KEY_PREVIOUS and run this again afterwards."
    )
    return lines
