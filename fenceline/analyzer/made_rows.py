"""Rows that some paths have read and others have made, where the paths meet."""

from __future__ import annotations

from collections.abc import Sequence

from fenceline.analyzer.lower_state import State
from fenceline.analyzer.values import Data, Row, Value


def row_of_all(rows: Sequence[Row]) -> Row:
    """The row that stands for several of which each path has one: the one that was read."""
    return next((one for one in rows if one.origin != "created"), rows[0])


def keep_made(result: State, states: Sequence[State], values: Sequence[Value | None]) -> None:
    """Where a row that was read stands for one that a path has made: what that path has made it with.

    Only of the columns that another path has changed; in the others it is the row that was read. ``result`` is what the
    states are to be joined in: a copy of the first.
    """
    rows = [one for one in values if isinstance(one, Row)]
    if len({one.snapshot for one in rows}) < 2:
        return
    snapshot = row_of_all(rows).snapshot
    names = dict.fromkeys(name for state in states for name in state.fields.get(snapshot, ()))
    for state, row in zip(states, values, strict=True):
        if isinstance(row, Row) and row.origin == "created" and row.snapshot != snapshot:
            if snapshot not in state.fields:
                made = {name: _value_made(state, row, name) for name in names}
                state.fields[snapshot] = {name: value for name, value in made.items() if value is not None}
                if state is states[0]:
                    result.fields[snapshot] = dict(state.fields[snapshot])


def _value_made(state: State, row: Row, name: str) -> Value | None:
    """What a column has of a row that is made: what it is given, or the default that the class states."""
    given = state.fields.get(row.snapshot, {})
    column = row.model.schema.columns.get(name) if row.model.schema is not None else None
    if name in given or column is None or column.default is None or "**" in given:
        return given.get(name)
    return Data(column.default)
