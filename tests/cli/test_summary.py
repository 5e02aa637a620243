"""`flask summary`, `flask summary rows`, `flask campaign counting`: figures, the rows behind them, the rules."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import select

from bot.store.tables import audit
from tests.cli.conftest import stores
from tests.factories import NOW, add_event, add_house, add_occurrence
from tests.services.random_week import Crowd, add_branch


@pytest.fixture
def app(empty_app: Flask) -> Flask:
    """A house where 3 people came to the city library and 8 to its branch."""
    with stores(empty_app).writing() as tx:
        house = add_house(tx)
        branch = add_branch(tx, house, "cx")
        crowd = Crowd(tx)
        place = add_occurrence(tx, house, 1, starts_at=NOW).id
        crowd.check_in(place, crowd.sign_up(place, crowd.reader(), 1, 2), 3)
        lecture = add_event(tx, house, "讲座", library_id=branch, category="lecture")
        crowd.walk_in(add_occurrence(tx, house, 2, event_id=lecture, starts_at=NOW).id, 8)
    return empty_app


def run(app: Flask, *args: str) -> tuple[int, str]:
    """Exit code and output."""
    result = FlaskCliRunner(app).invoke(args=list(args))
    assert "Traceback" not in result.output
    return result.exit_code, result.output


def read(app: Flask, *args: str) -> dict[str, Any]:
    """What a command prints for machines."""
    code, output = run(app, *args)
    assert code == 0, output
    data: dict[str, Any] = json.loads(output)
    return data


def test_a_campaign_is_counted_with_or_without_its_name_and_says_by_which_rules(app: Flask) -> None:
    for words in ([], ["2026"]):
        code, output = run(app, "summary", *words)
        assert code == 0
        assert "11 人次" in output
        assert "合办活动只计入主办馆" in output
    data = read(app, "summary", "--json")
    assert data == read(app, "summary", "2026", "--json") | {"made_at": data["made_at"]}
    assert (data["total"]["person_times"], data["total"]["children"], data["counting"]["hybrid"]) == (11, 2, "onsite")
    assert run(app, "summary", "2019")[0] == 1


def test_the_rows_of_a_figure_are_printed_with_their_sum_and_name_nobody(app: Flask) -> None:
    people = ["summary", "rows", "2026", "--measure", "person_times"]
    code, output = run(app, *people)
    assert code == 0
    assert output.splitlines()[-1] == "= 11"
    *rows, total = run(app, *people, "--library", "cx")[1].splitlines()
    assert [row.split("\t")[0] for row in rows] == ["walk_in"]
    assert total == "= 8"
    assert run(app, *people, "--number", "1")[1].splitlines()[-1] == "= 3"
    assert run(app, *people, "--event", "讲座", "--category", "lecture")[1].splitlines()[-1] == "= 8"
    for wrong in (["--library", "zz"], ["--number", "99"], ["--event", "zz"]):
        assert run(app, *people, *wrong)[0] == 1


def test_the_year_of_the_national_form_is_printed_for_machines(app: Flask) -> None:
    data = read(app, "summary", "--year", "2026", "--json")
    assert (data["total"]["lectures"], data["total"]["lecture_people"], data["total"]["other_people"]) == (1, 8, 3)
    assert [library["code"] for library in data["libraries"]] == ["gy", "cx"]


def test_rules_are_shown_and_set_and_every_change_is_written_down(app: Flask) -> None:
    assert "合办活动（co_hosted）：归主办馆；可改为：各馆都计" in run(app, "campaign", "counting", "2026")[1]
    assert run(app, "campaign", "counting", "2026", "walk_ins=left_out", "合办活动=各馆都计")[0] == 0
    assert read(app, "summary", "--json")["total"]["person_times"] == 3
    assert "各馆都计，汇总只计一次（与默认口径不同）" in run(app, "summary")[1]
    code, output = run(app, "campaign", "counting", "2026", "walk_ins=green")
    assert code == 1
    assert "walk_ins=green" in output
    with stores(app).reading() as tx:
        assert tx.scalars(select(audit.c.detail).where(audit.c.action == "set_counting")).one() == {
            "walk_ins": ["counted", "left_out"],
            "co_hosted": ["lead", "each"],
        }
