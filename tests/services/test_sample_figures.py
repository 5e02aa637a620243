"""The sample week with its tallies gives back every figure of the report that it was taken from."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.domain.campaign_file import CampaignImported
from bot.domain.tally import TalliesImported
from bot.reports.summary_json import to_dict
from bot.services.campaigns import choose_campaign, import_campaign_file
from bot.services.summary import summarize
from bot.services.tally_files import import_tally_file
from bot.store.database import Database
from bot.store.pii import Keys
from tests.conftest import TEST_SECRET

SAMPLES = Path(__file__).parents[2] / "config" / "samples"
KEYS = Keys(TEST_SECRET)
FIGURES = yaml.safe_load((Path(__file__).parent / "guangyuan-2016-figures.yaml").read_text("utf-8"))
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.fixture(params=["yaml", "xlsx"])
def counted(request: pytest.FixtureRequest, db: Database) -> dict[str, Any]:
    """The summary after importing the sample and its tallies in one of the two formats."""
    with db.writing() as tx:
        campaign = (SAMPLES / f"guangyuan-2016.{request.param}").read_bytes()
        tallies = (SAMPLES / f"guangyuan-2016-tallies.{request.param}").read_bytes()
        assert isinstance(import_campaign_file(tx, campaign, NOW), CampaignImported)
        assert isinstance(import_tally_file(tx, tallies, NOW), TalliesImported)
    with db.reading() as tx:
        return to_dict(summarize(tx, choose_campaign(tx, None), KEYS, NOW))


def _found(of: dict[str, Any], figure: dict[str, Any]) -> list[dict[str, Any]]:
    source = of["schedule"] if figure["from"] == "schedule" else [*of["tallies"], *of["unsummed"]]
    return [entry for entry in source if entry["metric"] == figure["metric"] and entry["unit"] == figure["unit"]]


def test_every_figure_of_the_report_comes_back(counted: dict[str, Any]) -> None:
    events = {event["key"]: event for event in counted["events"]}
    checked = 0
    for expected in FIGURES["events"]:
        event = events.pop(expected["event"])
        assert (event["title"], event["library"], event["category"]) == (
            expected["title"],
            expected["library"],
            expected["category"],
        )
        assert event["parent"] == expected.get("parent")
        for figure in expected.get("figures", []):
            (found,) = _found(event, figure)
            exactness = "exact" if figure["exactness"] == "implied" else figure["exactness"]
            assert (found["number"], found["exactness"]) == (figure["number"], exactness), figure["id"]
            checked += 1
    assert not events
    assert checked == 27


def test_the_headline_stands_apart_from_what_was_counted(counted: dict[str, Any]) -> None:
    (expected,) = FIGURES["headline"]
    (found,) = counted["headlines"]
    assert found["words"] == "近万名"
    for field in ("metric", "number", "unit", "exactness"):
        assert found[field] == expected[field]
    assert not [total for total in counted["total"]["tallies"] if total["metric"] == expected["metric"]]


def test_each_library_has_its_own_figures_and_the_city_has_all(counted: dict[str, Any]) -> None:
    own: dict[tuple[str, str, str], Decimal] = {}
    for library in counted["libraries"]:
        for total in library["own"]["tallies"]:
            own[library["code"], total["metric"], total["unit"]] = total["number"]
    summed: dict[tuple[str, str], Decimal] = {}
    for expected in FIGURES["events"]:
        for figure in expected.get("figures", []):
            if figure["from"] == "tally" and figure["metric"] != "cash_per_person":
                name = (expected["library"], figure["metric"], figure["unit"])
                assert name in own
                summed[name[1:]] = summed.get(name[1:], Decimal(0)) + figure["number"]
    city = {(total["metric"], total["unit"]): total["number"] for total in counted["total"]["tallies"]}
    assert city == summed
    rolled_up = {part["code"]: part["with_branches"] for part in counted["libraries"]}
    assert rolled_up["guangyuan"]["tallies"] == counted["total"]["tallies"]
    assert [part["name"] for part in counted["libraries"]] == [
        "广元市图书馆",
        "苍溪县图书馆",
        "旺苍县图书馆",
        "剑阁县图书馆",
        "昭化区图书馆",
        "朝天区图书馆",
    ]


def test_the_checks_of_the_report_hold(counted: dict[str, Any]) -> None:
    total = {(one["metric"], one["unit"]): one for one in counted["total"]["tallies"]}
    beside = {one["metric"]: one for one in counted["total"]["unsummed"]}
    libraries = {part["code"]: part for part in counted["libraries"]}
    assert total["cash_recipients", "名"]["number"] * beside["cash_per_person"]["number"] == 1200
    assert libraries["cangxi"]["own"]["activities"] == 5
    books = [one for one in total.values() if one["metric"] == "volumes_donated"]
    assert sum(one["number"] for one in books) == 1200
    assert {one["exactness"] for one in books} == {"exact"}
    assert total["sets_donated", "套"]["words"] == "50多套"
    assert total["value_of_goods_donated", "元"]["exactness"] == "about"  # 千元 and 3000余元 together


def test_sessions_follow_the_counting_rules(counted: dict[str, Any]) -> None:
    sessions = {event["key"]: event["sessions"] for event in counted["events"]}
    assert sessions["A01"] == 0, "internal meetings are not counted"
    assert sessions["A08"] == 2, "one exhibition at two venues"
    assert sessions["A10"] == 2
    assert sessions["A12"] == 1
    assert sessions["A18"] == 7
    assert counted["total"]["sessions"] == sum(sessions.values()) == 28
    assert counted["total"]["activities"] == 18, "19 of the report, less the internal one"
