"""Decorators of a project around those of a library: ``@job("nightly")`` that hands the function on to ``shared_task``.

What a project writes so is read for one thing: which decorator of a library its function ends up under, and with which
arguments. What else it does is read where the function is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from fenceline.analyzer import nodes
from fenceline.analyzer.inlining import bind, walk
from fenceline.analyzer.lower_state import Arguments
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.values import Closure, External, Fields, Method, Partial, Value

_DEPTH = 3
"""Wrappers around wrappers that are followed."""


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """A decorator of a library, and what it is given."""

    decorator: External | Method
    arguments: Arguments


@dataclass(frozen=True, slots=True, eq=False)
class _Reader:
    """``is_entry``: whether a value is a decorator by which a library takes a function."""

    is_entry: Callable[[Value], bool]

    def decorated_by(self, low: Lowering, decorator: nodes.Expr, depth: int = 0) -> Iterator[Registration]:
        """``@deco`` or ``@deco(…)``, seen from the module and the names of ``low``."""
        if isinstance(decorator, nodes.Call):
            yield from self._applied(low.evaluate(decorator.func), arguments_of(low, decorator), low, depth)
        else:
            yield from self._applied(low.evaluate(decorator), None, low, depth)

    def _applied(self, value: Value, given: Arguments | None, low: Lowering, depth: int) -> Iterator[Registration]:
        """A decorator, called first with what is ``given``, or used as it is."""
        if isinstance(value, External | Method):
            if self.is_entry(value):
                yield Registration(value, given or Arguments())
        elif isinstance(value, Partial):
            more = given or Arguments()
            positional = [*value.args, *more.positional]
            yield from self._applied(value.func, Arguments(positional, {**value.keywords, **more.keywords}), low, depth)
        elif isinstance(value, Closure) and isinstance(value.node, nodes.FunctionDef) and depth < _DEPTH:
            yield from self._inside(value, value.node, given, low, depth)

    def _inside(
        self, closure: Closure, node: nodes.FunctionDef, given: Arguments | None, low: Lowering, depth: int
    ) -> Iterator[Registration]:
        aside = low.aside(closure.module)
        aside.state.env.update(closure.env)
        if given is None:
            yield from self._handed_on(aside, closure, node, depth)
            return
        aside.state.env.update(bind(aside, closure, node.params, given, node.span))
        nested = {one.name: one for one in walk(node.body) if isinstance(one, nodes.FunctionDef)}
        for one in walk(node.body):
            if isinstance(one, nodes.Return) and isinstance(one.value, nodes.Call):
                yield from self.decorated_by(aside, one.value, depth + 1)  # ``return shared_task(**options)``
            if isinstance(one, nodes.Return):
                for name in (part.id for part in walk(one.value) if isinstance(part, nodes.Name)):
                    if name in nested:
                        yield from self._handed_on(aside, None, nested.pop(name), depth)

    def _handed_on(
        self, low: Lowering, closure: Closure | None, node: nodes.FunctionDef, depth: int
    ) -> Iterator[Registration]:
        """The library's decorators to which a decorator hands its function, or what it has put around it."""
        skipped = 1 if closure is not None and closure.receiver is not None else 0
        params = [one.name for one in node.params if one.kind == "positional"][skipped:]
        if not params:
            return
        inner = [one for one in walk(node.body) if isinstance(one, nodes.FunctionDef)]
        names = {params[0]}
        names.update(one.name for one in inner if _calls(one, params[0]))
        for one in inner:
            if one.name in names:
                for decorator in one.decorators:
                    yield from self.decorated_by(low, decorator, depth + 1)
        for call in (one for one in walk(node.body) if isinstance(one, nodes.Call)):
            if not any(isinstance(arg, nodes.Name) and arg.id in names for arg in call.args):
                continue
            if isinstance(call.func, nodes.Call):  # ``shared_task(**options)(wrapper)``
                yield from self.decorated_by(low, call.func, depth + 1)
            else:  # ``actor(wrapper, **options)``
                yield from self._applied(low.evaluate(call.func), arguments_of(low, call), low, _DEPTH)


def _calls(node: nodes.FunctionDef, name: str) -> bool:
    return any(
        isinstance(one, nodes.Call) and isinstance(one.func, nodes.Name) and one.func.id == name
        for one in walk(node.body)
    )


def arguments_of(low: Lowering, call: nodes.Call) -> Arguments:
    """The arguments of a registration, those handed on by ``**options`` too; its effects forgotten."""
    positional = [low.evaluate(one) for one in call.args if not isinstance(one, nodes.Starred)]
    keywords: dict[str, Value] = {}
    for one in call.keywords:
        value = low.evaluate(one.value)
        if one.name is not None:
            keywords[one.name] = value
        elif isinstance(value, Fields):
            keywords.update(_known(value.items))
    return Arguments(positional, keywords)


def _known(items: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in items.items() if isinstance(name, str)}


def registrations(low: Lowering, decorator: nodes.Expr, is_entry: Callable[[Value], bool]) -> list[Registration]:
    """The library's decorators that a decorator of the project comes down to; empty where it is none of those.

    ``low`` is a lowering of the module in which the decorator is written.
    """
    return list(_Reader(is_entry).decorated_by(low.aside(low.module), decorator))
