"""The library's clock in SQL: the local day and hour of a stored moment, on both databases.

China has kept UTC+8 without summer time since 1991.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, DateTime
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class local_day_of(FunctionElement[date]):
    """The library's calendar day of a stored moment."""

    type = Date()
    inherit_cache = True


@compiles(local_day_of, "sqlite")
def _local_day_sqlite(element: local_day_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"date({compiler.process(element.clauses, **kw)}, '+8 hours')"


@compiles(local_day_of, "postgresql")
def _local_day_postgresql(element: local_day_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(timezone('Asia/Shanghai', {compiler.process(element.clauses, **kw)}) AS DATE)"


class local_hour_of(FunctionElement[datetime]):
    """The library's clock hour of a stored moment, without zone."""

    type = DateTime()
    inherit_cache = True


@compiles(local_hour_of, "sqlite")
def _local_hour_sqlite(element: local_hour_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"strftime('%Y-%m-%d %H:00:00.000000', {compiler.process(element.clauses, **kw)}, '+8 hours')"


@compiles(local_hour_of, "postgresql")
def _local_hour_postgresql(element: local_hour_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"date_trunc('hour', timezone('Asia/Shanghai', {compiler.process(element.clauses, **kw)}))"
