"""`report …` as a keeper types it, with real documents."""

from __future__ import annotations

import zipfile
from pathlib import Path

from flask import Flask
from flask.testing import FlaskCliRunner

from bot.reports.drawing import FILES
from tests.cli.conftest import stores
from tests.services.report_rows import add_week


def run(app: Flask, *words: str, fails: bool = False) -> list[str]:
    """The lines printed."""
    done = FlaskCliRunner(app).invoke(args=list(words))
    assert (done.exit_code != 0) is fails, done.output
    return (done.stderr if fails else done.stdout).splitlines()


def test_a_report_is_built_frozen_corrected_and_kept(empty_app: Flask, tmp_path: Path) -> None:
    week = add_week(stores(empty_app))
    out = tmp_path / "out"
    assert run(empty_app, "report", "build", "2026", "--out", str(out))[0] == "draft"
    assert sorted(path.name for path in out.iterdir()) == sorted(FILES)
    assert zipfile.is_zipfile(out / "report.docx")
    assert "宣传" in (out / "report.txt").read_text()
    words = tmp_path / "conclusion.txt"
    words.write_text("来年再会。")
    assert run(empty_app, "report", "slot", "conclusion", str(words)) == ["conclusion\twritten"]
    assert run(empty_app, "report", "confirm") == ["gy\tyes", "cx\tyes"]
    assert "not frozen" in run(empty_app, "report", "reissue", "--reason", "x", fails=True)[0]
    assert run(empty_app, "report", "freeze") == ["frozen"]
    assert run(empty_app, "report", "freeze") == ["frozen before"]
    assert run(empty_app, "report", "build", "--out", str(out), "--public") == [
        "version 1",
        str(out / "public.docx"),
        str(out / "public.xlsx"),
    ]
    run(empty_app, "report", "build", "--out", str(out))
    first = (out / "report.txt").read_text()
    assert "来年再会。" in first
    tallies = tmp_path / "late.yaml"
    tallies.write_text(
        "活动周:\n  简称: '2026'\n台账:\n  - {编号: late-1, 馆: cx, 项目: 宣传单, 数量: 200份, 原文: 又发了200份}\n"
    )
    assert "另存为第2版" in run(empty_app, "tally", "import", str(tallies))[-1]
    assert "Nothing differs" in run(empty_app, "report", "reissue", "--reason", "x", fails=True)[0]
    listed = run(empty_app, "report", "versions")
    assert [line.split("\t")[0] for line in listed if not line.startswith("\t")] == ["2", "1", "0"]
    assert "\t合计 宣传单：3000份 → 3200份" in listed
    run(empty_app, "report", "build", "--out", str(out))
    assert (out / "report.txt").read_text() != first
    assert run(empty_app, "report", "build", "--library", "cx", "--out", str(out))[0] == "version 2"
    assert "苍溪" in (out / "report.txt").read_text()
    assert week.branch_id
