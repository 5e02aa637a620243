"""The counting rules of a campaign: looking at them and setting them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.counting import DEFAULT_RULES, CountingRules, changed_rules, read_rules
from bot.services.audit import note_audit
from bot.store.campaigns import get_campaign, set_counting
from bot.texts.counting import read_setting


class UnknownSetting(LookupError):
    """A setting names no rule, or no choice of it; the argument is what was typed."""


def counting_of(tx: Connection, campaign_id: int) -> CountingRules:
    """The rules that a campaign is counted by. Raises NoResultFound."""
    return read_rules(get_campaign(tx, campaign_id).counting)


def change_counting(
    tx: Connection, campaign_id: int, settings: Sequence[str], actor: str, now: datetime
) -> tuple[str, int]:
    """Set rules as typed (hybrid=apart, 合办活动=各馆都计); the campaign's title, and how many rules changed.

    Each change leaves an audit row with the old and the new choice (promise I10). Raises UnknownSetting, and then
    changes nothing.
    """
    stored = get_campaign(tx, campaign_id)
    after = read_rules(stored.counting).as_data()
    for typed in settings:
        rule, _, choice = typed.partition("=")
        setting = read_setting(rule.strip(), choice.strip())
        if setting is None:
            raise UnknownSetting(typed)
        after[setting[0]] = setting[1]
    changed = changed_rules(stored.counting, after)
    if changed:
        usual = DEFAULT_RULES.as_data()
        set_counting(tx, campaign_id, {rule: choice for rule, choice in after.items() if usual[rule] != choice})
        note_audit(tx, actor, "set_counting", f"campaign:{campaign_id}", dict(changed), now)
    return stored.title, len(changed)
