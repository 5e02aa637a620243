"""/staff/account: the diagnosis as a page, and its button."""

from __future__ import annotations

import pytest

from bot.domain.capability import Capability, CapabilityState
from bot.domain.kinds import Role
from bot.store.capabilities import save_states
from bot.store.probes import is_wanted, take_wanted
from bot.texts.account import MEANINGS
from bot.texts.diagnosis import PROBE_WANTED
from tests.web.staff.people import House, form_token_on
from tests.web.stage import AT_THE_DOOR


@pytest.mark.parametrize("role", [Role.MANAGER, Role.KEEPER])
def test_managers_and_keepers_see_level_and_rights_and_have_the_platform_asked_anew(house: House, role: Role) -> None:
    house.hire("chief", role)
    browser = house.enter("chief")
    with house.db.writing() as tx:
        save_states(tx, [(Capability.MENU, CapabilityState.GRANTED, "menu/get: ok")], AT_THE_DOOR)
        save_states(tx, [(Capability.TAGS, CapabilityState.REFUSED, "tags/get: 48001")], AT_THE_DOOR)
    page = browser.get("/staff/account").get_data(as_text=True)
    assert "<b>L1</b>" in page
    assert "menu/get: ok" in page and "tags/get: 48001" in page
    assert MEANINGS[Capability.TAGS].without in page
    assert MEANINGS[Capability.MENU].without not in page
    assert not is_wanted(house.redis)
    assert PROBE_WANTED not in page
    answer = browser.post("/staff/account", data={"form_token": form_token_on(page)})
    assert (answer.status_code, answer.location) == (303, "/staff/account")
    assert PROBE_WANTED in browser.get("/staff/account").get_data(as_text=True)
    assert take_wanted(house.redis) == f"page {role.value}"


def test_a_press_without_the_pages_own_token_asks_nobody(house: House) -> None:
    house.hire("chief", Role.MANAGER)
    browser = house.enter("chief")
    assert browser.post("/staff/account", data={"form_token": "0" * 32}).status_code == 403
    assert not is_wanted(house.redis)
