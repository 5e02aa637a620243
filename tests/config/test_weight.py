"""What no process may carry while nobody asks for it: the whole house has to stay under half a gigabyte."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def loaded(module: str, data: Path) -> set[str]:
    """The packages in a process that has loaded `module` and waits."""
    environment = {
        "DATA_DIR": str(data),
        "SECRET_KEY": "0123456789abcdef",
        "WECHAT_TOKEN": "token",
        "PATH": os.environ["PATH"],
    }
    code = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("module", "needless"),
    [
        (
            "wsgi",
            {"alembic", "openpyxl", "xlsxwriter", "PIL", "icalendar", "celery", "matplotlib", "fontTools", "docx"},
        ),
        ("tasks.celery_app", {"flask", "alembic", "openpyxl", "PIL", "matplotlib", "fontTools", "docx", "xlsxwriter"}),
        ("tasks.metronome", {"flask", "sqlalchemy", "pydantic", "bot"}),
        ("bot.sandbox_app", {"sqlalchemy", "redis", "wechatpy", "celery"}),
        ("config.watch", {"pydantic", "dotenv", "redis", "supervisor", "asyncio"}),
    ],
)
def test_a_process_at_rest_has_loaded_nothing_heavy_that_it_does_not_need(
    module: str, needless: set[str], tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    assert not loaded(module, tmp_path) & needless
