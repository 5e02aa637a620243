"""The parts of one running sandbox, held together for its views."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import current_app

from bot.sandbox.courier import Courier, Plan
from bot.sandbox.database import Database
from bot.sandbox.later import Later
from bot.sandbox.settings import Level, SandboxSettings

EXTENSION = "shuqian_sandbox"
_LEVEL_FACT = "level"
_PLAN_FACT = "plan"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Settings, file, clock (epoch seconds), courier and the thread for late pushes."""

    settings: SandboxSettings
    db: Database
    clock: Callable[[], float]
    courier: Courier
    later: Later

    @property
    def level(self) -> Level:
        """The account's kind; kept over restarts once it was changed."""
        return Level.parse(self.db.fact(_LEVEL_FACT, self.settings.level))

    def set_level(self, level: Level) -> None:
        """Promote or demote the account."""
        self.db.remember(_LEVEL_FACT, level.name)

    @property
    def plan(self) -> Plan:
        """How pushes are delivered unless a request wishes otherwise."""
        return Plan().changed(self.db.fact(_PLAN_FACT, {}))

    def set_plan(self, plan: Plan) -> None:
        """Keep the delivery knobs."""
        names = ("times", "parallel", "delay", "attempts", "timeout", "pause")
        self.db.remember(_PLAN_FACT, {name: getattr(plan, name) for name in names})


def current_sandbox() -> Sandbox:
    """The sandbox of the running Flask application."""
    return cast(Sandbox, current_app.extensions[EXTENSION])
