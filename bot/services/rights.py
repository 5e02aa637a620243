"""What comes of what the platform says about the account's rights: they are written down, and losses raise alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.capability import Capability, CapabilityState, Finding
from bot.store.alarms import AlarmKind, end_alarm, list_alarms, raise_alarm
from bot.store.capabilities import list_rights, save_states

FORGOTTEN = "another account is configured now"
IN_USE = "but refused in use"


def note_findings(tx: Connection, findings: Sequence[Finding], now: datetime, *, doubts: bool = False) -> list[Finding]:
    """Write down what was found; what could not be asked keeps the state it had. The findings whose state changed.

    A right that was there and is refused raises an alarm; one that is granted ends it. `doubts`: a call was refused in
    earnest just now, so an answer about wrong arguments alone does not give a refused right back.
    """
    before = {each.capability: each.state for each in list_rights(tx)}
    kept = [_keep_known(each, before, doubts=doubts) for each in findings]
    changed = {
        name for name, _ in save_states(tx, [(each.capability, each.state, each.evidence) for each in kept], now)
    }
    for each in kept:
        was = before.get(each.capability)
        if each.state is CapabilityState.REFUSED and was is CapabilityState.GRANTED:
            raise_alarm(tx, AlarmKind.RIGHT_LOST, each.capability.value, each.code, each.evidence, now)
        if each.state is CapabilityState.GRANTED and was is not CapabilityState.GRANTED:
            end_alarm(tx, AlarmKind.RIGHT_LOST, each.capability.value, now)
    return [each for each in kept if each.capability in changed]


def lose_right(tx: Connection, capability: Capability, api: str, code: int, now: datetime) -> bool:
    """A call was refused for want of the right: nobody tries again until a probe has found it back.

    False when that was known before. It raises an alarm even if nobody ever asked: something relied on it.
    """
    finding = Finding(capability, CapabilityState.REFUSED, f"{api}: {code}", code)
    if not note_findings(tx, [finding], now):
        return False
    if not _is_alarmed(tx, capability):
        raise_alarm(tx, AlarmKind.RIGHT_LOST, capability.value, code, finding.evidence, now)
    return True


def forget_rights(tx: Connection, now: datetime, evidence: str = FORGOTTEN) -> None:
    """Nothing is known any more, since what was known is about another account, or none can be asked."""
    states = [(each.capability, CapabilityState.UNKNOWN, evidence) for each in list_rights(tx)]
    save_states(tx, states, now)


def _is_alarmed(tx: Connection, capability: Capability) -> bool:
    wanted = (AlarmKind.RIGHT_LOST, capability.value)
    return any((row["kind"], row["subject"]) == wanted for row in list_alarms(tx))


def is_held_back(finding: Finding, state: CapabilityState | None) -> bool:
    """Whether a finding is too weak for a right that was refused in earnest: its arguments were read, no more."""
    shown_by_arguments = finding.state is CapabilityState.GRANTED and finding.code is not None
    return shown_by_arguments and state is CapabilityState.REFUSED


def _keep_known(finding: Finding, before: dict[Capability, CapabilityState], *, doubts: bool) -> Finding:
    state = before.get(finding.capability)
    if doubts and is_held_back(finding, state):
        return replace(finding, state=CapabilityState.REFUSED, evidence=f"{finding.evidence}; {IN_USE}")
    if finding.state is CapabilityState.UNKNOWN:
        return replace(finding, state=state or CapabilityState.UNKNOWN)
    return finding
