"""Scene QRs for the screens at the doors: one scan checks a follower in, and a stranger follows and checks in.

Each screen that is on needs one every 30 seconds: 120 an hour. The platform gives 100,000 temporary ones a day, enough
for 83 screens that are on for ten hours.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.domain.occurrence import OccurrenceFacts
from bot.domain.venue import STEP_S, code_of_step, step_of
from bot.store.scene_codes import SceneCodes
from bot.wechat.errors import GatewayError
from bot.wechat.gateway import Gateway

AHEAD = 2
"""Steps made beforehand, with the present one: a minute in which the platform may be slow."""

EXPIRES_S = 150


def make_ahead(
    gateway: Gateway,
    codes: SceneCodes,
    find_facts: Callable[[int], OccurrenceFacts | None],
    key: bytes,
    now: datetime,
) -> int:
    """Make the codes of this step and the next for all screens that are on; how many. Raises RedisUnavailable.

    Only for an account with the right to scene QRs; one that is refused ends the round, and the gateway's watch the
    right, for all processes.
    """
    made = 0
    for occurrence_id in codes.list_wanted(now):
        facts = find_facts(occurrence_id)
        for ahead in range(AHEAD):
            moment = now + timedelta(seconds=ahead * STEP_S)
            if facts is None or not facts.is_check_in_open(moment) or not codes.claim(occurrence_id, step_of(moment)):
                continue
            step = step_of(moment)
            try:
                url = gateway.create_scene_qr(f"c{code_of_step(occurrence_id, step, key)}", EXPIRES_S)
            except GatewayError:
                return made  # the screens show our own address, the next round tries again
            codes.save(occurrence_id, step, url)
            made += 1
    return made
