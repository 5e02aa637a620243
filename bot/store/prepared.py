"""Statements of the hot path: written in SQLAlchemy Core, compiled once, then handed to the driver as they are.

SQLAlchemy's way from a compiled statement to its rows costs several times what SQLite needs for the answer itself, and
every message runs a handful of statements while others wait for the writer's turn. Types, error classes and broken
connections are treated as SQLAlchemy does. Everything that does not run at every message goes through SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Parameters = Mapping[str, Any]
_Convert = Callable[[Any], Any]
SHAPES_KEPT = 1_024


class Prepared:
    """One statement, or one for each dialect.

    `columns`: what an insert without `values` is given. `shape` makes something of each row; for a row that the
    database gives again unchanged it is the same thing again, so it must not change and must follow from the row alone.
    """

    def __init__(self, statement: Any, columns: Sequence[str] = (), shape: _Convert | None = None) -> None:
        self._statement = statement
        self._columns = list(columns) or None
        self._shape = shape
        self._compiled: dict[str, _Compiled] = {}

    def first(self, tx: Connection, parameters: Parameters) -> Any:
        """The first row or what it was shaped into, None when there is no row."""
        compiled = self._for(tx.dialect)
        row = run_bare(tx, compiled.text, compiled.bound(parameters)).fetchone()
        return None if row is None else compiled.read(row)

    def all(self, tx: Connection, parameters: Parameters) -> list[Any]:
        """All rows."""
        compiled = self._for(tx.dialect)
        return [compiled.read(row) for row in run_bare(tx, compiled.text, compiled.bound(parameters)).fetchall()]

    def of(self, dialect: str) -> Any:
        """The statement in Core, as it is for a dialect."""
        return self._statement[dialect] if isinstance(self._statement, dict) else self._statement

    def _for(self, dialect: Dialect) -> _Compiled:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = _Compiled(self.of(dialect.name), self._columns, self._shape, dialect)
            self._compiled[dialect.name] = compiled
        return compiled


class _Compiled:
    """The text for one dialect, and how values get in and out."""

    def __init__(self, statement: Any, columns: list[str] | None, shape: _Convert | None, dialect: Dialect) -> None:
        compiled: SQLCompiler = statement.compile(dialect=dialect, column_keys=columns)
        if compiled.insert_prefetch or compiled.update_prefetch:
            raise TypeError("a prepared statement names all its columns: defaults of Python are not filled in")
        self.text = str(compiled)
        self._positions = compiled.positiontup
        binds = compiled.bind_names.items()
        self._constants = {name: bind.value for bind, name in binds if bind.value is not None and not bind.required}
        writers = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for bind, name in binds}
        self._writers: list[tuple[str, _Convert]] = [(name, to) for name, to in writers.items() if to is not None]
        types = [column.type for column in statement.exported_columns]
        readers = [each.dialect_impl(dialect).result_processor(dialect, None) for each in types]
        self._readers: list[tuple[int, _Convert]] = [(at, read) for at, read in enumerate(readers) if read is not None]
        if shape is not None:
            self.read = lru_cache(SHAPES_KEPT)(lambda row: shape(self._values(row)))
        else:
            self.read = self._values

    def bound(self, parameters: Parameters) -> Any:
        """The values as the driver takes them."""
        values = {**self._constants, **parameters}
        for name, write in self._writers:
            values[name] = write(values[name])
        return values if self._positions is None else [values[name] for name in self._positions]

    read: Callable[[tuple[Any, ...]], Any]
    """A row as our code takes it."""

    def _values(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for place, read in self._readers:
            values[place] = read(values[place])
        return tuple(values)


def run_bare(tx: Connection, text: str, values: Any = ()) -> Any:
    """Hand a statement to the driver as it is; errors are those of SQLAlchemy."""
    driver: Any = tx.connection.driver_connection
    module: Any = tx.dialect.loaded_dbapi
    try:
        return driver.execute(text, values)
    except module.Error as error:
        if tx.dialect.is_disconnect(error, driver, None):
            tx.exec_driver_sql("SELECT 1")  # fails as well: so SQLAlchemy learns of it and gives up its whole pool
        raise DBAPIError.instance(text, None, error, module.Error, hide_parameters=True, dialect=tx.dialect) from error
