"""What each operation does to a moment: stores, transactions, locks, effects."""

from __future__ import annotations

from fenceline.analyzer import ir
from fenceline.analyzer.explore_moment import Effect, Event, Held, Moment, OpenLevel, Write
from fenceline.analyzer.explore_values import ABSENT, FALSE, TRUE

RowKey = tuple[int, ...]
SERIALIZATION_FAILURE = "SerializationFailure"
LOCK_NOT_AVAILABLE = "LockNotAvailable"
LOCK_ERROR = "LockError"


class BlockedError(Exception):
    """The operation waits for the other run."""


class RaisedError(Exception):
    """The operation raises ``cls`` in the program."""

    def __init__(self, cls: str) -> None:
        super().__init__(cls)
        self.cls = cls


def execute(moment: Moment, op: ir.Op, pc: int) -> None:
    """Does ``op``, with its event; raises BlockedError and changes nothing, or RaisedError for the program."""
    value: int | None = None
    match op:
        case ir.Atomic():
            value = _atomic(moment, op)
        case ir.Acquire():
            value = _acquire(moment, op)
        case ir.Release():
            _release(moment, op)
        case ir.Send():
            _send(moment, op, pc)
        case ir.External():
            _external(moment, op, pc)
        case ir.Commit():
            commit(moment)
        case ir.Rollback():
            rollback(moment)
        case ir.Ack():
            moment.is_acked = True
        case ir.Opaque():
            moment.bind(op.bind, moment.reading.values.of(("apply", f"opaque#{pc}")))
    moment.events.append(Event(pc, value))


# ---------------------------------------------------------------- transactions


def begin(moment: Moment, isolation: str) -> None:
    """Opens a transaction, or a savepoint in one."""
    is_serializable = isolation == "serializable" or any(level.is_serializable for level in moment.levels)
    moment.levels.append(OpenLevel({}, [], is_serializable, {}))


def commit(moment: Moment) -> None:
    """Ends the innermost level: a savepoint joins what is around it, a transaction becomes visible."""
    if not moment.levels:
        return
    level = moment.levels[-1]
    if len(moment.levels) > 1:
        _join(moment, level, moment.levels[-2])
        moment.levels.pop()
        return
    if level.is_serializable and any(moment.committed(cell) != seen for cell, seen in level.reads.items()):
        moment.has_lost = True
        rollback(moment)
        raise RaisedError(SERIALIZATION_FAILURE)
    for cell, write in level.writes.items():
        _publish(moment, cell, write)
    for hook in level.hooks:
        _emit(moment, hook)
    moment.levels.pop()
    free_rows(moment)


def rollback(moment: Moment) -> None:
    """Drops the innermost level; the row locks go with the outermost."""
    if not moment.levels:
        return
    level = moment.levels.pop()
    if not moment.reading.semantics.rollback_drops:
        for cell, write in level.writes.items():
            _publish(moment, cell, write)
        for hook in level.hooks:
            _emit(moment, hook)
    if not moment.levels:
        free_rows(moment)


def free_rows(moment: Moment) -> None:
    """Gives back the row locks and the locks of the transaction."""
    moment.rows = {key: who for key, who in moment.rows.items() if who != moment.who}
    moment.locks = {k: h for k, h in moment.locks.items() if not (h.is_transactional and h.who == moment.who)}


def _join(moment: Moment, level: OpenLevel, outer: OpenLevel) -> None:
    for cell, write in level.writes.items():
        outer.writes[cell] = _joined(moment, outer.writes.get(cell), write)
    outer.hooks.extend(level.hooks)
    outer.reads.update({c: v for c, v in level.reads.items() if c not in outer.reads})


def _joined(moment: Moment, before: Write | None, write: Write) -> Write:
    if before is None or write[0] == "set":
        return write
    if before[0] == "add":
        return ("add", before[1] + write[1])
    return ("set", (moment.written(before[1][0], write),))


def _publish(moment: Moment, cell: int, write: Write) -> None:
    moment.cells[cell] = moment.written(moment.committed(cell), write)
    moment.wrote.add(cell)
    moment.has_changed = True


def _write(moment: Moment, cell: int, write: Write, is_transactional: bool) -> None:
    buffers = is_transactional and moment.levels and moment.reading.semantics.commit_visibility
    if not buffers:
        _publish(moment, cell, write)
        return
    level = moment.levels[-1]
    level.writes[cell] = _joined(moment, level.writes.get(cell), write)


# ---------------------------------------------------------------- atomic steps


def _atomic(moment: Moment, op: ir.Atomic) -> int | None:
    skipped = _lock_rows(moment, op)
    levels = [OpenLevel(dict(lv.writes), list(lv.hooks), lv.is_serializable, dict(lv.reads)) for lv in moment.levels]
    before = (dict(moment.cells), set(moment.wrote), moment.has_changed, levels)
    seen: int | None = None
    try:
        for step in op.steps:
            seen = _step(moment, step, op.is_transactional, skipped)
    except RaisedError:
        moment.cells, moment.wrote, moment.has_changed, moment.levels = before
        raise
    return seen


def _lock_rows(moment: Moment, op: ir.Atomic) -> frozenset[RowKey]:
    """Waits for the rows that the operation needs, takes them when a transaction is open; yields what it skips."""
    if not op.is_transactional and not op.row_locks:
        return frozenset()
    asked = [key for key in map(moment.key, op.row_locks) if not _is_row_absent(moment, op, key)]
    skipped = frozenset(key for key in asked if _is_taken(moment, key) and op.row_lock_mode == "skip")
    if skipped:
        moment.has_lost = True
    if op.row_lock_mode == "nowait" and any(_is_taken(moment, key) for key in asked):
        moment.has_lost = True
        raise RaisedError(LOCK_NOT_AVAILABLE)
    needed = [key for key in asked if key not in skipped] + _implied_rows(moment, op)
    if any(_is_taken(moment, key) for key in needed):
        raise BlockedError
    if moment.levels and moment.reading.semantics.locks_to_the_end:
        moment.rows.update(dict.fromkeys(needed, moment.who))
    return skipped


def _is_taken(moment: Moment, key: RowKey) -> bool:
    return moment.rows.get(key, moment.who) != moment.who


def _is_row_absent(moment: Moment, op: ir.Atomic, key: RowKey) -> bool:
    """A locking read of a row that is not there locks nothing. A field that holds nothing is no missing row."""
    if not moment.reading.semantics.absent_rows_lock_nothing:
        return False
    whole = [step.cell for step in op.steps if isinstance(step, ir.Get) and step.cell.field is None]
    told = [cell for cell in whole if moment.key(cell.key) == key] or [cell for cell in whole if cell.is_bag]
    return bool(told) and all(moment.current(moment.cell(cell)) == ABSENT for cell in told)


def _has_row(moment: Moment, cell: ir.Cell) -> bool:
    return cell.field is not None or moment.current(moment.cell(cell)) != ABSENT


def _implied_rows(moment: Moment, op: ir.Atomic) -> list[RowKey]:
    """The rows that an UPDATE or DELETE locks, and the unique keys that an INSERT claims."""
    rows: list[RowKey] = []
    if not op.is_transactional:
        return rows
    for step in op.steps:
        if isinstance(step, ir.Put | ir.Modify) or (
            isinstance(step, ir.Remove) and moment.current(moment.cell(step.cell)) != ABSENT
        ):
            rows.append(moment.key(step.cell.key))
        elif isinstance(step, ir.PutIfAbsent) and moment.reading.semantics.unique_waits:
            rows.append((-1, moment.cell(step.cell)))
        elif isinstance(step, ir.CompareAndSet):
            cells = [*(c for c, _ in step.expect), *(c for c, _ in step.writes)]
            rows.extend(moment.key(c.key) for c in cells if _has_row(moment, c))
    return list(dict.fromkeys(rows))


def _step(moment: Moment, step: ir.Step, is_transactional: bool, skipped: frozenset[RowKey]) -> int | None:
    if isinstance(step, ir.CompareAndSet):
        return _compare_and_set(moment, step, is_transactional)
    cell = moment.cell(step.cell)
    moment.touched.add(cell)
    if isinstance(step, ir.Remove):
        moment.locks.pop(lease_of(cell), None)
    match step:
        case ir.Get():
            is_skipped = skipped and (step.cell.is_bag or moment.key(step.cell.key) in skipped)
            value = ABSENT if is_skipped else _read(moment, cell, is_transactional)
            moment.bind(step.bind, value)
            return value
        case ir.Put():
            value = moment.value(step.value)
            if step.unless is None or moment.value(step.unless) != value:
                _write(moment, cell, ("set", (value,)), is_transactional)
            return value
        case ir.Modify():
            old = _read(moment, cell, is_transactional)
            value = moment.value(step.value, old)
            _write(moment, cell, ("set", (value,)), is_transactional)
            moment.bind(step.bind, old if step.binds_old else value)
            return old if step.binds_old and step.bind else value
        case ir.Insert():
            _write(moment, cell, ("add", (moment.value(step.value),)), is_transactional)
            return None
        case ir.PutIfAbsent():
            return _put_if_absent(moment, step, cell, is_transactional)
    return _remove(moment, step, cell, is_transactional)


def _read(moment: Moment, cell: int, is_transactional: bool) -> int:
    value = moment.current(cell)
    is_noted = is_transactional and moment.levels and moment.levels[-1].is_serializable
    if is_noted and not any(cell in level.writes or cell in level.reads for level in moment.levels):
        moment.levels[0].reads[cell] = moment.committed(cell)
    return value


def _put_if_absent(moment: Moment, step: ir.PutIfAbsent, cell: int, is_transactional: bool) -> int:
    if _read(moment, cell, is_transactional) != ABSENT:
        return _lose(moment, step.bind, step.conflict)
    value = moment.value(step.value)
    write: Write = ("add", (value,)) if step.cell.is_bag else ("set", (value,))
    _write(moment, cell, write, is_transactional)
    if step.cell in moment.reading.leases:
        moment.locks[lease_of(cell)] = Held(moment.who, 1, True, False, False)
    moment.bind(step.bind, TRUE)
    return TRUE


def lease_of(cell: int) -> tuple[int, ...]:
    """Under what name the holder of a lock made by hand is known: no lock of a library is called so."""
    return (-1, cell)


def _lose(moment: Moment, bind: str | None, conflict: str | None, *, is_noticed: bool = False) -> int:
    """Raises, or binds False: a run that never looks at it has not noticed that it lost (see Moment.note_loss)."""
    moment.has_lost = moment.has_lost or is_noticed
    if conflict is not None:
        moment.has_lost = True
        raise RaisedError(conflict)
    moment.bind(bind, FALSE)
    return FALSE


def _remove(moment: Moment, step: ir.Remove, cell: int, is_transactional: bool) -> int | None:
    if step.bind is None:
        _write(moment, cell, ("set", (ABSENT,)), is_transactional)
        return None
    was_there = _read(moment, cell, is_transactional) != ABSENT
    if not was_there:
        return _lose(moment, step.bind, None)
    _write(moment, cell, ("set", (ABSENT,)), is_transactional)
    moment.bind(step.bind, TRUE)
    return TRUE


def _compare_and_set(moment: Moment, step: ir.CompareAndSet, is_transactional: bool) -> int:
    expected = [(moment.cell(cell), term) for cell, term in step.expect]
    moment.touched.update(cell for cell, _ in expected)
    now = {cell: _read(moment, cell, is_transactional) for cell, _ in expected}
    for cell, term in expected:
        is_met = now[cell] != ABSENT if term is None else moment.is_same(now[cell], moment.value(term))
        if not is_met:
            return _lose(moment, step.bind, step.conflict, is_noticed=step.is_noticed)
    first = now[expected[0][0]] if expected else ABSENT
    if step.guard is not None and not moment.holds(step.guard, first):
        return _lose(moment, step.bind, step.conflict, is_noticed=step.is_noticed)
    targets = [(moment.cell(cell), term) for cell, term in step.writes]
    made = [(cell, moment.value(term, _read(moment, cell, is_transactional))) for cell, term in targets]
    for cell, value in made:
        _write(moment, cell, ("set", (value,)), is_transactional)
    moment.bind(step.bind, TRUE)
    return TRUE


# ----------------------------------------------------------- locks and effects


def _acquire(moment: Moment, op: ir.Acquire) -> int | None:
    if op.scope == "local":
        moment.bind(op.bind, TRUE)
        return None
    key, is_tx = moment.key(op.lock), op.scope == "transaction"
    held = moment.locks.get(key)
    if held is not None and held.who != moment.who:
        if op.mode == "wait":
            raise BlockedError
        return _lose(moment, op.bind, (op.conflict or LOCK_ERROR) if op.mode == "raise" else None)
    if not is_tx or moment.levels:
        depth = held.depth + 1 if held else 1
        moment.locks[key] = Held(
            moment.who,
            depth,
            op.expiry is not None or op.lease == "ttl",
            is_tx,
            op.lock not in moment.reading.facts.released,
        )
    moment.bind(op.bind, TRUE)
    return None if op.mode == "wait" else TRUE


def _release(moment: Moment, op: ir.Release) -> None:
    key = moment.key(op.lock)
    held = moment.locks.get(key)
    if held is None or (held.who != moment.who and op.is_owner_checked):
        return
    if held.depth > 1 and held.who == moment.who:
        moment.locks[key] = held._replace(depth=held.depth - 1)
    else:
        del moment.locks[key]


def _send(moment: Moment, op: ir.Send, pc: int) -> None:
    values = moment.reading.values
    effect = (values.of(("send", op.what)), -1, *moment.key(op.values))
    moment.bind(op.bind, values.of(("result", pc, moment.who)))
    if op.is_hook and moment.levels and moment.reading.semantics.hooks_wait:
        moment.levels[-1].hooks.append(effect)
    else:
        _emit(moment, effect)


def _external(moment: Moment, op: ir.External, pc: int) -> None:
    values = moment.reading.values
    given = moment.key(op.values)
    if moment.reading.semantics.fill and op in moment.reading.facts.fills:
        moment.bind(op.bind, values.of(("apply", op.what, *given)))
        return
    key = -1
    if op.idempotency_key is not None and moment.reading.semantics.idempotency_keys:
        key = moment.value(op.idempotency_key)
        moment.bind(op.bind, values.of(("keyed", op.what, key)))
    else:
        moment.bind(op.bind, values.of(("result", pc, moment.who)))
    _emit(moment, (values.of(("external", op.what)), key, *given))


def _emit(moment: Moment, effect: Effect) -> None:
    """Adds the effect; one that carries an idempotency key happens once for that key."""
    if effect[1] != -1 and any(known[:2] == effect[:2] for known in moment.effects):
        return
    moment.effects.append(effect)
    moment.has_changed = True
