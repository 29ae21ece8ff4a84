"""Who runs a function: a request, a task, a consumer; or nobody at the same time (tests, migrations, commands)."""

from __future__ import annotations

from dataclasses import dataclass

from fenceline.analyzer import nodes
from fenceline.analyzer.inlining import walk
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.project import Definition
from fenceline.analyzer.values import Closure, External, Method

_SUBCOMMANDS = frozenset({"command", "group"})
CONCURRENT = frozenset({"task", "view", "consumer", "job", "receiver", "hook"})
NOUNS = {"task": "workers", "view": "requests", "consumer": "consumers", "job": "schedulers", "receiver": "requests"}


@dataclass(frozen=True, slots=True)
class Entry:
    """what: task | view | consumer | job | receiver | command | migration | '' when no entry point is seen."""

    what: str = ""

    @property
    def is_concurrent(self) -> bool:
        """Whether two of it run at once as a matter of course."""
        return self.what in CONCURRENT

    @property
    def is_alone(self) -> bool:
        """Run by one process at a time unless it loops for ever."""
        return self.what in {"command", "migration"}

    @property
    def noun(self) -> str:
        """What a message calls two runs of it."""
        return NOUNS.get(self.what, "runs")


def entry_of(low: Lowering, node: nodes.FunctionDef, owner: Definition | None) -> Entry:
    """The entry that a function is, by its decorators or by the base of its class."""
    for decorator in node.decorators:
        what = _decorator_entry(low, decorator)
        if what and what != "plain":
            return Entry(what)
    what = _class_entry(low, owner, node.name) if owner is not None else _registered(low, node)
    if what == "command" and _loops_for_ever(node):
        return Entry("job")
    return Entry("migration" if not what and _is_migration(low.module.tree) else what)


def _is_migration(tree: nodes.Module) -> bool:
    """A module that names its revision and the one before it."""
    names = {
        target.id
        for statement in tree.body
        if isinstance(statement, nodes.Assign)
        for target in statement.targets
        if isinstance(target, nodes.Name)
    }
    return {"revision", "down_revision"} <= names


def _registered(low: Lowering, node: nodes.FunctionDef) -> str:
    """What a call at the module's top level makes of a function (``path("pay/", pay)``), or its being a script."""
    found = ""
    for statement in low.module.tree.body:
        if isinstance(statement, nodes.FunctionDef | nodes.ClassDef):
            continue
        if _is_main(statement):
            if any(_names(one, node.name) for one in walk([statement]) if isinstance(one, nodes.Call)):
                found = found or "command"
            continue
        for one in walk([statement]):
            if isinstance(one, nodes.Call) and any(_is_name(arg, node.name) for arg in _values(one)):
                what = _call_entry(low, one)
                if what and what != "plain":
                    return what
    return found


def _values(call: nodes.Call) -> list[nodes.Expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _is_name(node: nodes.Expr, name: str) -> bool:
    return isinstance(node, nodes.Name) and node.id == name


def _names(call: nodes.Call, name: str) -> bool:
    return _is_name(call.func, name) or any(_is_name(arg, name) for arg in _values(call))


def _is_main(statement: nodes.Stmt) -> bool:
    """``if __name__ == "__main__":``."""
    if not isinstance(statement, nodes.If) or not isinstance(statement.test, nodes.Compare):
        return False
    return isinstance(statement.test.left, nodes.Name) and statement.test.left.id == "__name__"


def _call_entry(low: Lowering, call: nodes.Call) -> str:
    value = low.aside(low.module).evaluate(call.func)
    if isinstance(value, External):
        entry = low.models.entries.get(value.qualified)
        return entry.what if entry is not None and entry.kind == "call" else ""
    if isinstance(value, Method) and value.operation.op == "entry":
        return str(value.operation.roles.get("what", "view"))
    return ""


def _decorator_entry(low: Lowering, decorator: nodes.Expr) -> str:
    target = decorator.func if isinstance(decorator, nodes.Call) else decorator
    value = low.aside(low.module).evaluate(target)
    if isinstance(value, External):
        entry = low.models.entries.get(value.qualified)
        return entry.what if entry is not None and entry.kind == "decorator" else ""
    if isinstance(value, Method) and value.operation.op == "entry":
        return str(value.operation.roles.get("what", "view"))
    return _subcommand(low, target)


def _subcommand(low: Lowering, target: nodes.Expr) -> str:
    """``@cli.command()`` where ``cli`` is itself a function made into a group of commands."""
    if not isinstance(target, nodes.Attribute) or target.attr not in _SUBCOMMANDS:
        return ""
    group = low.aside(low.module).evaluate(target.value)
    if not isinstance(group, Closure) or not isinstance(group.node, nodes.FunctionDef):
        return ""
    inner = low.aside(group.module)
    entries = [_decorator_entry(inner, one) for one in group.node.decorators]
    return "command" if "command" in entries else ""


def _class_entry(low: Lowering, owner: Definition, method: str) -> str:
    for base in sorted(low.project.external_bases(owner)):
        entry = low.models.entries.get(base)
        if entry is not None and entry.kind == "base" and entry.what != "plain":
            if method in entry.methods or (entry.what == "command" and not method.startswith("__")):
                return entry.what
    return ""


def _loops_for_ever(node: nodes.FunctionDef) -> bool:
    return any(
        isinstance(one, nodes.While) and isinstance(one.test, nodes.Literal) and bool(one.test.value)
        for one in walk(node.body)
    )
