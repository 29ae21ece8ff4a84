"""Values of dataclasses as JSON and back, as the store of results keeps them.

What is read back is checked against the types of the fields: what does not fit raises :class:`RecordError`, so that
a file that somebody has tampered with can at worst say something wrong, and never runs anything.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import types
import typing
from collections.abc import Callable
from typing import Any

Reader = Callable[[Any], Any]


class RecordError(ValueError):
    """Something that was never written by :func:`record_of`."""


def record_of(value: object) -> Any:
    """A value as JSON has it: a dataclass is the list of its fields, a set is sorted."""
    if isinstance(value, str | int | float | bool | None):
        return value
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [record_of(one) for one in value]
    if isinstance(value, set | frozenset):
        return sorted(record_of(one) for one in value)
    assert dataclasses.is_dataclass(value), type(value)
    return [record_of(getattr(value, field.name)) for field in dataclasses.fields(value)]


def value_of(kind: Any, record: Any) -> Any:
    """The value of this type that a record was made of. Raises :class:`RecordError`."""
    return _reader(kind)(record)


@functools.cache
def _reader(kind: Any) -> Reader:
    if dataclasses.is_dataclass(kind):
        return _dataclass_reader(kind)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return functools.partial(_member, kind)
    if kind is Any:
        return lambda record: record
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType or origin is typing.Union:
        return _optional_reader(arguments)
    if origin is tuple and arguments[-1:] != (...,):
        return _pair_reader(arguments)
    if origin in {tuple, list, set}:
        return _many_reader(origin, _reader(arguments[0]))
    return functools.partial(_scalar, float if kind is float else kind)


def _dataclass_reader(kind: Any) -> Reader:
    hints = typing.get_type_hints(kind)
    readers = [_reader(hints[field.name]) for field in dataclasses.fields(kind)]

    def read(record: Any) -> Any:
        if not isinstance(record, list) or len(record) != len(readers):
            raise RecordError(kind.__name__)
        return kind(*(reader(one) for reader, one in zip(readers, record, strict=True)))

    return read


def _optional_reader(arguments: tuple[Any, ...]) -> Reader:
    """``X | None`` is the only union that is kept."""
    (kind,) = (one for one in arguments if one is not types.NoneType)
    inner = _reader(kind)
    return lambda record: None if record is None else inner(record)


def _pair_reader(arguments: tuple[Any, ...]) -> Reader:
    readers = [_reader(one) for one in arguments]

    def read(record: Any) -> Any:
        if not isinstance(record, list) or len(record) != len(readers):
            raise RecordError("tuple")
        return tuple(reader(one) for reader, one in zip(readers, record, strict=True))

    return read


def _many_reader(made: Callable[[Any], Any], inner: Reader) -> Reader:
    def read(record: Any) -> Any:
        if not isinstance(record, list):
            raise RecordError("list")
        return made(inner(one) for one in record)

    return read


def _member(kind: type[enum.Enum], record: Any) -> enum.Enum:
    try:
        return kind(record)
    except ValueError as error:
        raise RecordError(kind.__name__) from error


def _scalar(kind: type, record: Any) -> Any:
    if type(record) is not kind:
        raise RecordError(kind.__name__)
    return record
