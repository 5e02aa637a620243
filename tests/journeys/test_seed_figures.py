"""Every figure that seven real reports print comes back: in the summary, in its table and in the text (issue 6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bot.store.database import Database
from bot.store.pii import Keys
from tests.conversation.conftest import Chat, chat
from tests.journeys.seed_figures import FIGURES, SCHEDULE, SEEDS, SeedFigure, of_week
from tests.journeys.seed_weeks import import_figures, import_week, send_week, summary_json

__all__ = ["chat"]
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _noted_at(figure: SeedFigure, counted: dict[str, Any]) -> list[dict[str, Any]]:
    """What the summary has of a figure's metric and unit where it belongs."""
    if not figure.event:
        return [entry for entry in counted["headlines"] if entry["metric"] == figure.metric]
    (event,) = [event for event in counted["events"] if event["key"] == figure.event]
    entries = event["schedule"] if figure.source == SCHEDULE else [*event["tallies"], *event["unsummed"]]
    return [entry for entry in entries if (entry["metric"], entry["unit"]) == (figure.metric, figure.unit)]


def assert_comes_back(figure: SeedFigure, counted: dict[str, Any]) -> None:
    """The summary has the figure, exact in number, unit and exactness."""
    (found,) = _noted_at(figure, counted)
    if figure.part:
        (found,) = [part | {"unit": found["unit"]} for part in found["parts"] if part["part"] == figure.part]
    number = None if found["number"] is None else Decimal(found["number"])
    assert (number, found["unit"], found["exactness"]) == figure.amount, (figure, found)


@pytest.mark.parametrize("kind", ["yaml", "xlsx"])
def test_all_seven_weeks_go_into_one_system_and_every_figure_comes_back(db: Database, keys: Keys, kind: str) -> None:
    for week in SEEDS:
        import_week(db, week, kind)
        import_figures(db, week, kind)
    checked = 0
    for week in SEEDS:
        counted = summary_json(db, week, keys)
        assert len(counted["libraries"]) == (6 if week == SEEDS[0] else 1), "one week is not the others' business"
        for figure in of_week(week):
            assert_comes_back(figure, counted)
            checked += 1
    assert checked == len(FIGURES) == 60


@one_database
@pytest.mark.parametrize("week", SEEDS)
def test_each_week_goes_into_an_empty_system(db: Database, keys: Keys, week: str) -> None:
    import_week(db, week)
    import_figures(db, week)
    counted = summary_json(db, week, keys)
    for figure in of_week(week):
        assert_comes_back(figure, counted)


@one_database
@pytest.mark.parametrize("week", SEEDS[:5])
def test_every_figure_that_staff_send_comes_back(chat: Chat, week: str) -> None:
    answers = send_week(chat, week)
    counted = summary_json(chat.db, week, chat.keys)
    for figure in of_week(week):
        if figure.number is None:
            assert "漏了位数" in answers[figure.id]
        else:
            assert figure.source == SCHEDULE or "已记录" in answers[figure.id]
            assert_comes_back(figure, counted)
