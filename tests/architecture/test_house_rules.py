"""Rules of the house that no type checker knows: layers, where Chinese may stand, sizes, and that nothing is left without
its counterpart (a queue without a worker, a schedule without a task, a command without help, an outcome without words).
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery.bin.worker import worker as worker_command

from bot.conversation.engine import BUTTONS
from bot.conversation.router import ROUTES
from bot.texts.commands import Command, entry_of, help_line, help_text_lines, keywords
from config.beat import SCHEDULE
from config.processes import ROOT, programs_of
from config.queues import QUEUES
from config.queues import ROUTES as TASK_QUEUES
from config.settings import Settings

SOURCES = ("bot", "tasks", "config")
TEXTS = ROOT / "bot" / "texts"
HAN = re.compile("[\u3400-\u9fff]")
HAN_RANGE = "\u3400-\u9fff"  # a pattern that means "any Chinese character" says nothing in Chinese
CHINESE_AS_DATA = {
    "bot/domain/numerals.py": "the digits themselves",
    "bot/domain/measure.py": "measure words as people note them",
    "bot/domain/tally_words.py": "how people join the parts of a tally",
}
LONGEST_FILE = 450
LONGER_FILES = {"bot/store/tables.py": 500}  # one line a column, in one piece with its indexes
LONGEST_FUNCTION = 60


def sources() -> Iterator[Path]:
    """Every Python file of the product; migrations are history and are not rewritten."""
    for root in SOURCES:
        yield from (path for path in sorted((ROOT / root).rglob("*.py")) if "migrations/versions" not in str(path))
    yield ROOT / "wsgi.py"


def name_of(path: Path) -> str:
    """The path as it is written in a message."""
    return path.relative_to(ROOT).as_posix()


def literals(tree: ast.AST) -> Iterator[ast.Constant]:
    """Strings that are values; a string that stands alone is a description."""
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node


def chinese_literals(source: str) -> list[int]:
    """The lines of string values with Chinese characters in them."""
    return [node.lineno for node in literals(ast.parse(source)) if HAN.search(node.value.replace(HAN_RANGE, ""))]


def test_imports_run_one_way() -> None:
    """Seen to fail with `import bot.web` in a service."""
    found = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stdout[-2000:]
    assert "0 broken" in found.stdout


def test_chinese_stands_in_texts_and_templates_only() -> None:
    """Seen to fail with a sentence put into a handler."""
    found = {
        name_of(path): lines
        for path in sources()
        if TEXTS not in path.parents and (lines := chinese_literals(path.read_text(encoding="utf-8")))
    }
    assert set(found) <= set(CHINESE_AS_DATA), found
    assert set(CHINESE_AS_DATA) == set(found), "an exemption that nobody needs any more"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("x = '报名'", [1]),
        ("def f():\n    '''报名 is quoted.'''\n    return f'{1} 报名'", [3]),
        ("# 报名\nx = '[\u3400-\u9fff]'", []),
        ("x = 'book'\n'''报名 described.'''", []),
    ],
)
def test_chinese_is_found_where_it_is_a_value(source: str, lines: list[int]) -> None:
    assert chinese_literals(source) == lines


def test_files_stay_short() -> None:
    long = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert {name: lines for name, lines in long.items() if lines > LONGER_FILES.get(name, LONGEST_FILE)} == {}


def test_functions_stay_short() -> None:
    long = {
        f"{name_of(path)}:{node.name}": node.end_lineno - node.lineno + 1
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None
    }
    assert len(long) > 500
    assert {name: lines for name, lines in long.items() if lines > LONGEST_FUNCTION} == {}


def test_public_things_are_described() -> None:
    """Every public module, class and function says what it means."""
    bare = [
        f"{name_of(path)}:{getattr(node, 'name', 'module')}"
        for path in sources()
        for node in _public(ast.parse(path.read_text(encoding="utf-8")))
        if ast.get_docstring(node) is None
    ]
    assert bare == []


def _public(tree: ast.Module) -> Iterator[ast.Module | ast.ClassDef | ast.FunctionDef]:
    yield tree
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            yield node


def test_the_worker_serves_every_queue(settings: Settings) -> None:
    """A worker that is told no queues serves all that the application knows; one that is told some must name all."""
    command = next(program.command for program in programs_of(settings) if program.name == "worker")
    arguments = list(command[command.index("worker") + 1 :])
    parsed = worker_command.make_context("worker", arguments, resilient_parsing=True)
    named = parsed.params.get("queues") or list(QUEUES)
    assert sorted(named) == sorted(QUEUES)
    assert set(TASK_QUEUES.values()) == set(QUEUES), "a queue that nothing goes through"


def test_every_entry_of_the_schedule_names_a_task_that_is_defined() -> None:
    for task, seconds in SCHEDULE:
        module, function = task.rsplit(".", 1)
        tree = ast.parse((ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8"))
        defined = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function]
        assert defined, task
        assert any(ast.unparse(mark).startswith("app.task") for mark in defined[0].decorator_list), task
        assert seconds > 0


def test_every_command_that_is_served_can_be_typed_and_has_help() -> None:
    for command in ROUTES:
        if command is Command.UNKNOWN:
            continue
        entry = entry_of(command)
        assert entry is not None and entry.words, command
        assert keywords()[entry.words[0]] is command
        assert help_line(command).strip()
    for button in BUTTONS.values():
        assert button in ROUTES


def test_help_names_no_command_that_has_no_handler() -> None:
    taught = help_text_lines(staff=True, served=ROUTES.keys())
    unserved = [help_line(command) for command in Command if entry_of(command) and command not in ROUTES]
    assert not set(taught) & set(unserved)
    assert help_line(Command.SIGN_UP) in taught


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of a trial house."""
    secrets = {"secret_key": "a secret of sixteen and more", "wechat_token": "token"}
    return Settings(_env_file=None, data_dir=tmp_path, **secrets)  # type: ignore[arg-type, call-arg, unused-ignore]
