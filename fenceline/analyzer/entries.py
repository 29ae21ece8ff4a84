"""Who runs a function: a request, a task, a consumer; or nobody at the same time (tests, migrations, commands)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from fenceline.analyzer import nodes
from fenceline.analyzer.endless import goes_on, loops_for_ever
from fenceline.analyzer.entry_wrappers import arguments_of, registrations
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.lower_schedules import chosen, constant, entry_name, seconds_in
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.models import Operation
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.project import Definition, ModuleInfo
from fenceline.analyzer.values import NONE, Closure, External, Method, Value
from fenceline.analyzer.vocabulary import ENTRY_FACTS

_SUBCOMMANDS = frozenset({"command", "group"})
CONCURRENT = frozenset({"task", "view", "consumer", "job", "receiver", "hook"})
_WITHOUT_PERSON = frozenset({"task", "consumer", "job", "hook", "command"})
ALONE = frozenset({"command", "migration", "test"})
NOUNS = {"task": "workers", "view": "requests", "consumer": "consumers", "job": "schedulers", "receiver": "requests"}
TIMES = ("interval", "limit", "soft_limit", "visibility")
NUMBERS = ("retries", "max_instances")
FLAGS = ("unique", "job_id")
REGISTRY = "registry"


@dataclass(frozen=True, slots=True)
class Entry:
    """what: task | view | consumer | job | receiver | hook | command | migration | test | '' when none is seen.

    ``facts``: what is known of how it is run, in the words of the model files (``fires``, ``overlap``, ``delivery``,
    ``ack``, ``retried``, ``within``) and, in seconds, ``interval``, ``limit``, ``soft_limit``, ``visibility``;
    ``passes``: the types of what the function is called with, in order, ``value`` for what has none. ``name``: what
    runs it, by its qualified name. ``place``: where it is registered, if not by a decorator. ``is_by_hand``: only a
    command that somebody gives registers it. ``others``: the other ways in which the function is run.
    """

    what: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    name: str = ""
    place: tuple[Span, str] | None = None
    is_by_hand: bool = False
    others: tuple[Entry, ...] = ()

    @property
    def is_concurrent(self) -> bool:
        """Whether two of it run at once as a matter of course."""
        return self.what in CONCURRENT

    @property
    def is_alone(self) -> bool:
        """Run by one process at a time unless it loops for ever."""
        return self.what in ALONE

    @property
    def is_by_program(self) -> bool:
        """Whether no person waits for it and looks at the data meanwhile: a worker, a command, what programs call."""
        return self.what in _WITHOUT_PERSON or bool(self.facts.get("by_programs"))

    @property
    def noun(self) -> str:
        """What a message calls two runs of it."""
        return NOUNS.get(self.what, "runs")

    def ways(self) -> Iterator[Entry]:
        """All ways in which the function is run, this one first."""
        yield self
        yield from self.others

    def word(self, fact: str) -> str:
        """One of the words that a model file may say, '' where nothing is known."""
        return str(self.facts.get(fact) or "")

    def number(self, fact: str) -> float | None:
        """A time in seconds or a count, None where it is not known."""
        found = self.facts.get(fact)
        return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


class Registry(Protocol):
    """What the whole project says of how functions are run; ``is_building``: it does not know all of it yet."""

    is_building: bool

    def ways_of(self, node: nodes.FunctionDef) -> tuple[Entry, ...]:
        """The entries that registrations elsewhere make of a function."""

    def setting(self, entry: str, fact: str) -> object | None:
        """What a setting of the project says of all entries made by something of this name."""

    def jobs_of(self, type_id: str) -> tuple[int, int]:
        """How many registrations with a kind of scheduler lead to functions of ours, and how many do not."""


def entry_of(low: Lowering, node: nodes.FunctionDef, owner: Definition | None) -> Entry:
    """The entry that a function is: by its decorators, the base of its class, or where it is registered."""
    registry = low.memo.get(REGISTRY)
    key = ("entry", node, owner.qualified if owner is not None else "")
    known = low.memo.get(key)
    if not isinstance(known, Entry):
        known = _entry_of(low, node, owner)
        if registry is None or not registry.is_building:  # type: ignore[attr-defined]
            low.memo[key] = known
    return known


def _entry_of(low: Lowering, node: nodes.FunctionDef, owner: Definition | None) -> Entry:
    ways = [*_decorated(low, node)]
    found = _class_entry(low, owner, node.name) if owner is not None else _registered(low, node)
    if found is not None and not ways:
        ways.append(found)
    registry = low.memo.get(REGISTRY)
    if registry is not None:
        known = {(one.what, one.name) for one in ways}
        ways += [one for one in registry.ways_of(node) if (one.what, one.name) not in known]  # type: ignore[attr-defined]
    if not ways and owner is None:
        ways += _of_shape(low, node)
    said = _said_beside(low, node)
    if said:
        ways = [replace(one, facts={**one.facts, **said}) for one in ways]
    ways.sort(key=lambda one: one.is_alone)
    if ways and ways[0].what == "command" and loops_for_ever(node):
        ways[0] = replace(ways[0], what="job")
    if ways:
        return replace(ways[0], others=tuple(ways[1:]))
    return Entry("migration" if _is_migration(low) else "")


def entry_without_registry(low: Lowering, node: nodes.FunctionDef, owner: Definition | None) -> Entry:
    """The entry that a function is by its own module alone."""
    ways = [*_decorated(low, node)]
    found = _class_entry(low, owner, node.name) if owner is not None else _registered(low, node)
    return ways[0] if ways else found or Entry()


def _decorated(low: Lowering, node: nodes.FunctionDef) -> Iterator[Entry]:
    for decorator in node.decorators:
        for made in _decorator_entries(low, decorator):
            if made.what != "plain":
                yield made


def _said_beside(low: Lowering, node: nodes.FunctionDef) -> dict[str, object]:
    """What decorators that register nothing say: of repeated messages (``dedupes``), of transactions, of callers."""
    found: dict[str, object] = {}
    for decorator in node.decorators:
        target = decorator.func if isinstance(decorator, nodes.Call) else decorator
        value = low.aside(low.module).evaluate(target)
        entry = low.models.entries.get(value.qualified) if isinstance(value, External) else None
        if entry is not None and entry.what == "plain":
            roles = entry.operation.roles
            found |= {fact: roles[fact] for fact in ("dedupes", "by_programs", "within") if roles.get(fact)}
    return found


def _of_shape(low: Lowering, node: nodes.FunctionDef) -> Iterator[Entry]:
    """A function that nothing registers, and that is run by a platform to which a template names it."""
    for name, entry in low.models.entries.items():
        if entry.kind != "shape":
            continue
        params = [one for one in node.params if one.kind == "positional"]
        roles = entry.operation.roles
        if len(params) != roles.get("arity"):
            continue
        if _is_annotated(low, params[-1], name) or _reads(node, params[0], roles):
            yield Entry(entry.what, facts_of(low, name, entry.operation, {}), str(roles.get("called", name)))


def _is_annotated(low: Lowering, param: nodes.Param, name: str) -> bool:
    if param.annotation is None:
        return False
    value = low.aside(low.module).evaluate(param.annotation)
    return isinstance(value, External) and value.qualified == name


def _reads(node: nodes.FunctionDef, param: nodes.Param, roles: Mapping[str, object]) -> bool:
    """Whether the parameter is asked for one of the keys that the platform's events have."""
    keys = roles.get("reads")
    for one in walk(node.body):
        key: nodes.Expr | None = None
        if isinstance(one, nodes.Subscript) and _is_name(one.value, param.name):
            key = one.index
        elif isinstance(one, nodes.Call) and isinstance(one.func, nodes.Attribute) and one.func.attr == "get":
            key = one.args[0] if one.args and _is_name(one.func.value, param.name) else None
        if isinstance(key, nodes.Literal) and isinstance(keys, list) and key.value in keys:
            return True
    return False


def bound_to(low: Lowering, node: nodes.FunctionDef) -> str:
    """The type id of the first parameter where a decorator hands the task itself in (``bind=True``), '' elsewhere."""
    for decorator in node.decorators:
        if not isinstance(decorator, nodes.Call) or not any(one.name in low.models.bound for one in decorator.keywords):
            continue
        value = low.aside(low.module).evaluate(decorator.func)
        entry = low.models.entries.get(value.qualified) if isinstance(value, External) else None
        operation = value.operation if isinstance(value, Method) else entry.operation if entry is not None else None
        if operation is not None and operation.op == "entry":
            given = _given(low, operation, decorator)
            option = given.get(str(operation.roles.get("bound")))
            if option is not None and constant(option) not in {False, None}:
                return operation.result.strip("<>")
    return ""


def facts_of(low: Lowering, name: str, operation: Operation, given: Mapping[str, Value]) -> dict[str, object]:
    """What a registration says of how the function is run: by its arguments, by settings, by the library's defaults."""
    default = _said(chosen(operation, {}), {})
    stated = _said(chosen(operation, dict(given)), dict(given))
    given_facts = _given_by_case(operation, given)
    stated.update(_of_base(low, operation, given))
    passes = chosen(operation, dict(given)).roles.get("passes")
    if isinstance(passes, list):
        stated["passes"] = tuple(map(str, passes))
    if stated.get("ack") != default.get("ack"):
        stated["ack_chosen"] = True
    registry = low.memo.get(REGISTRY)
    if registry is not None:
        for fact in (*ENTRY_FACTS, *TIMES, *NUMBERS):
            if stated.get(fact) == default.get(fact) and fact not in given_facts:
                set_ = registry.setting(name, fact)  # type: ignore[attr-defined]
                if set_ is not None:
                    stated[fact] = set_
    return stated


def _given_by_case(operation: Operation, given: Mapping[str, Value]) -> frozenset[str]:
    """The facts that the arguments have chosen, if only to be what they are by default."""
    constants = {name: constant(value) for name, value in given.items()}
    for case in operation.cases:
        if case.holds(constants):
            return frozenset(case.roles) if any(name in given for name in case.when) else frozenset()
    return frozenset()


def _of_base(low: Lowering, operation: Operation, given: Mapping[str, Value]) -> dict[str, object]:
    """What the base of a task (``base=QueueOnce``) says of it: that its runs are kept apart, and for how long."""
    base = given.get(str(operation.roles.get("base")))
    entry = low.models.entries.get(base.qualified) if isinstance(base, External) else None
    if entry is None or entry.kind != "base":
        return {}
    said = chosen(entry.operation, dict(given)).roles
    facts = {fact: said[fact] for fact in ("overlap", "lease") if fact in said}
    registry = low.memo.get(REGISTRY)
    lease = registry.setting(base.qualified, "lease") if registry is not None else None  # type: ignore[attr-defined,union-attr]
    expiry = given.get(str(said.get("lock_expiry")))
    if lease is not None or (expiry is not None and expiry != NONE):
        facts["lease"] = "ttl"
    return facts


def _said(operation: Operation, given: dict[str, Value]) -> dict[str, object]:
    facts: dict[str, object] = {
        fact: said for fact in ENTRY_FACTS if isinstance(said := operation.roles.get(fact), str)
    }
    if isinstance(operation.roles.get("webhook"), str):
        facts["webhook"] = operation.roles["webhook"]
    for time in TIMES:
        seconds = seconds_in(operation, given, time)
        if time == "interval" and seconds is None:
            seconds = seconds_in(operation, given, "schedule")
        if seconds is not None:
            facts[time] = seconds
    for number in NUMBERS:
        value = given.get(str(operation.roles.get(number)))
        stated = constant(value) if value is not None else operation.roles.get(f"default_{number}")
        if isinstance(stated, int | float):
            facts[number] = stated
    for flag in FLAGS:
        value = given.get(str(operation.roles.get(flag)))
        stated = constant(value) if value is not None else operation.roles.get(f"default_{flag}")
        if stated is not None and stated is not False:
            facts[flag] = True
    return facts


def _is_migration(low: Lowering) -> bool:
    """A module with a class of a library's migrations, or one that names its revision and the one before it."""
    key = ("is migration", low.module.name)
    if key not in low.memo:
        low.memo[key] = {"revision", "down_revision"} <= low.module.assigns.keys() or any(
            _makes(low, base) == "migration"
            for name, node in low.module.classes.items()
            for base in low.project.external_bases(Definition("class", low.module, name, node))
        )
    return bool(low.memo[key])


def _makes(low: Lowering, base: str) -> str:
    entry = low.models.entries.get(base)
    return entry.what if entry is not None else ""


def _registered(low: Lowering, node: nodes.FunctionDef) -> Entry | None:
    """What a call at the module's top level makes of a function (``path("pay/", pay)``), or its being a script."""
    found: Entry | None = None
    for statement in low.module.tree.body:
        if isinstance(statement, nodes.FunctionDef | nodes.ClassDef):
            continue
        if is_main(statement):
            if any(_names(one, node.name) for one in walk([statement]) if isinstance(one, nodes.Call)):
                found = found or Entry("command")
            continue
        for one in walk([statement]):
            if isinstance(one, nodes.Call) and any(_is_name(arg, node.name) for arg in _values(one)):
                made = _call_entry(low, one, node)
                if made is not None and made.what != "plain":
                    return made
    return found


def _values(call: nodes.Call) -> list[nodes.Expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _is_name(node: nodes.Expr, name: str) -> bool:
    return isinstance(node, nodes.Name) and node.id == name


def _names(call: nodes.Call, name: str) -> bool:
    return _is_name(call.func, name) or any(_is_name(arg, name) for arg in _values(call))


def is_main(statement: nodes.Stmt) -> bool:
    """``if __name__ == "__main__":``."""
    if not isinstance(statement, nodes.If) or not isinstance(statement.test, nodes.Compare):
        return False
    return isinstance(statement.test.left, nodes.Name) and statement.test.left.id == "__name__"


def _call_entry(low: Lowering, call: nodes.Call, node: nodes.FunctionDef) -> Entry | None:
    value = low.aside(low.module).evaluate(call.func)
    if isinstance(value, External):
        entry = low.models.entries.get(value.qualified)
        if entry is None or entry.kind != "call":
            return None
        return made_of(low, value.qualified, entry.operation, _given(low, entry.operation, call), node)
    if isinstance(value, Method) and value.operation.op == "entry":
        name = entry_name(low, value.receiver, value.operation)
        return made_of(low, name, value.operation, _given(low, value.operation, call), node)
    return None


def made_of(
    low: Lowering,
    name: str,
    operation: Operation,
    given: Mapping[str, Value],
    node: nodes.FunctionDef,
    home: ModuleInfo | None = None,
) -> Entry | None:
    """The entry that a registration makes of a function; None for what is none (a thread that ends).

    ``home`` is the module that the function stands in, where it is not the one that registers it.
    """
    if operation.roles.get("needs_loop") and not goes_on(low, node, home or low.module):
        return None
    operation_ = chosen(operation, dict(given))
    return Entry(str(operation_.roles.get("what", "view")), facts_of(low, name, operation, given), name)


def _given(low: Lowering, operation: Operation, call: nodes.Call) -> dict[str, Value]:
    """The arguments of a registration by parameter, its effects forgotten."""
    return arguments_of(low.aside(low.module), call).bound(operation.params)


def _decorator_entries(low: Lowering, decorator: nodes.Expr) -> Iterator[Entry]:
    """The entries that a decorator of a library makes, or one of the project that hands on to such."""
    found = registrations(low, decorator, lambda value: _operation_of(low, value) is not None)
    for one in found:
        operation = _operation_of(low, one.decorator)
        if operation is None:
            continue
        given = one.arguments.bound(operation.params)
        made_by = one.decorator
        name = made_by.qualified if isinstance(made_by, External) else entry_name(low, made_by.receiver, operation)
        what = str(chosen(operation, given).roles.get("what", "view"))
        yield Entry(what, facts_of(low, name, operation, given), name)
    if not found:
        what = _subcommand(low, decorator.func if isinstance(decorator, nodes.Call) else decorator)
        if what:
            yield Entry(what)


def _operation_of(low: Lowering, value: Value) -> Operation | None:
    """What a decorator that registers functions is called for, None for any other value."""
    if isinstance(value, Method):
        return value.operation if value.operation.op == "entry" else None
    entry = low.models.entries.get(value.qualified) if isinstance(value, External) else None
    return entry.operation if entry is not None and entry.kind == "decorator" else None


def _subcommand(low: Lowering, target: nodes.Expr) -> str:
    """``@cli.command()`` where ``cli`` is itself a function made into a group of commands."""
    if not isinstance(target, nodes.Attribute) or target.attr not in _SUBCOMMANDS:
        return ""
    group = low.aside(low.module).evaluate(target.value)
    if not isinstance(group, Closure) or not isinstance(group.node, nodes.FunctionDef):
        return ""
    inner = low.aside(group.module)
    entries = [made for one in group.node.decorators for made in _decorator_entries(inner, one)]
    return "command" if any(one.what == "command" for one in entries) else ""


def _class_entry(low: Lowering, owner: Definition, method: str) -> Entry | None:
    for base in sorted(low.project.external_bases(owner)):
        entry = low.models.entries.get(base)
        if entry is not None and entry.kind == "base" and entry.what != "plain":
            if method in entry.methods or (entry.what == "command" and not method.startswith("__")):
                given = _class_options(low, owner, entry.operation)
                return Entry(entry.what, facts_of(low, base, entry.operation, given), base)
    return None


def _class_options(low: Lowering, owner: Definition, operation: Operation) -> dict[str, Value]:
    """``class Sync(Task): acks_late = True``: attributes named like the options of the base."""
    if not operation.params or not isinstance(owner.node, nodes.ClassDef):
        return {}
    aside = low.aside(owner.module)
    found: dict[str, Value] = {}
    for one in owner.node.body:
        if not isinstance(one, nodes.Assign) or one.value is None:
            continue
        for target in one.targets:
            if isinstance(target, nodes.Name) and target.id in operation.params:
                found[target.id] = aside.evaluate(one.value)
    return found
