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


def note_findings(tx: Connection, findings: Sequence[Finding], now: datetime) -> list[Finding]:
    """Write down what was found; what could not be asked keeps the state it had. The findings whose state changed.

    A right that was there and is refused raises an alarm; one that is granted ends it.
    """
    before = {each.capability: each.state for each in list_rights(tx)}
    kept = [_keep_known(each, before) for each in findings]
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


def _keep_known(finding: Finding, before: dict[Capability, CapabilityState]) -> Finding:
    if finding.state is not CapabilityState.UNKNOWN:
        return finding
    return replace(finding, state=before.get(finding.capability, CapabilityState.UNKNOWN))
