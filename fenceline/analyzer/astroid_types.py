"""What astroid infers of an expression: the only module that knows astroid, imported when the first question comes.

An answer depends on the project, the models and the place that is asked about, and on nothing else:

- Modules are the project's, found as we find them, and stubs of what the models know. The search path of the process,
  what is installed in it and the standard library are left out, and nothing is imported.
- astroid's own way of building a module infers while it builds, so that a tree depends on which others were built
  before. Ours does not: attributes of ``self`` are taken as they are written, what a star import brings is left out,
  and of the transforms only those are applied that make ``type(self)`` or ``super()`` known when they are asked for.
- Where astroid takes the first of several values (what a context manager gives, ``__getitem__``, ``getattr``), ours
  takes the only one: several are no answer.
- What was inferred for one question is forgotten before the next, and each has its own budget, counted in nodes and
  modules. It is asked on a stack of its own: where astroid gives up does not depend on how deep we are.
"""

from __future__ import annotations

import threading
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from astroid import bases, context, helpers, nodes, protocols, util
from astroid.brain import brain_builtin_inference
from astroid.builder import AstroidBuilder
from astroid.exceptions import AstroidImportError, InferenceError
from astroid.inference_tip import clear_inference_tip_cache
from astroid.interpreter import objectmodel
from astroid.manager import AstroidManager
from astroid.nodes import _base_nodes, node_classes
from astroid.nodes.scoped_nodes import scoped_nodes
from astroid.transforms import TransformVisitor

from fenceline.analyzer.layout import Layout
from fenceline.analyzer.models import Models
from fenceline.analyzer.source import SourceError, read_source
from fenceline.analyzer.stubs import Stubs

QUESTIONS_A_FILE = 200
"""Calls of a file, of those that could be asked about, that are: the first ones."""
NODES_A_QUESTION = 3_000
"""Nodes that are inferred for one question."""
MODULES_A_QUESTION = 40
"""Modules of the project that are read for one question."""
LARGEST_MODULE = 400_000
"""Bytes; a tree of astroid's takes some fifty times the memory of its source."""
MODULES_KEPT = 150
"""Trees that are kept between questions."""

_INFERRING = (
    bases, protocols, helpers, objectmodel, node_classes, scoped_nodes, _base_nodes, brain_builtin_inference,
)  # fmt: skip
"""The modules of astroid that take the first of several values."""
_ANSWERS = frozenset({"infer", "igetattr", "infer_call_result", "_infer", "_infer_call_result", "infer_yield_types"})
"""The generators that have several values where it is not known which is meant."""


class _SpentError(Exception):
    """The budget of a question is spent."""


class _Counted(dict[Any, Any]):
    """What has been inferred for one question: it takes as many nodes as there are in the budget."""

    is_spent = False

    def __setitem__(self, key: Any, value: Any) -> None:
        if len(self) >= NODES_A_QUESTION:
            self.is_spent = True
            raise _SpentError
        super().__setitem__(key, value)


def _only(iterator: Any, *default: Any) -> Any:
    """``next`` for astroid's modules: of values that were inferred the only one, None aside; several are none."""
    if not isinstance(iterator, types.GeneratorType) or iterator.gi_code.co_name not in _ANSWERS:
        return next(iterator, *default)
    found = list(iterator)
    if not found:
        return next(iter(()), *default)
    different = {(type(one), getattr(one, "_proxied", one)): one for one in found if not _is_none(one)}
    if len(different) > 1:
        raise InferenceError("one of several")
    return next(iter(different.values()), found[0])


class _Manager(AstroidManager):  # type: ignore[misc]
    """What a builder asks while it builds: nothing is kept for others, and only harmless transforms are applied."""

    def __init__(self) -> None:
        super().__init__()
        self._visitor = TransformVisitor()
        brain_builtin_inference.register(self._visitor)

    def cache_module(self, module: nodes.Module) -> None:
        """Is kept by whoever asked for it."""

    def visit_transforms(self, node: nodes.NodeNG) -> Any:
        """The node with what is inferred by a way of its own."""
        return self._visitor.visit(node)


class _Builder(AstroidBuilder):  # type: ignore[misc]
    """Builds a module from its text alone."""

    def add_from_names_to_locals(self, node: nodes.ImportFrom, *rest: Any) -> None:
        """What a star import brings depends on other modules."""
        if node.names[0][0] != "*":
            super().add_from_names_to_locals(node, *rest)

    def delayed_assattr(self, node: nodes.AssignAttr) -> None:
        """``self.name = …`` in a method is an attribute of the class's instances."""
        method = node.frame()
        owner = method.parent.frame() if isinstance(method, nodes.FunctionDef) else None
        given = [*method.args.posonlyargs, *(method.args.args or ())] if owner is not None else []
        if not isinstance(owner, nodes.ClassDef) or not given or not isinstance(node.expr, nodes.Name):
            return
        if node.expr.name == given[0].name:
            held = owner.locals if _is_class_method(method) else owner.instance_attrs
            held.setdefault(node.attrname, []).append(node)


def _is_class_method(method: nodes.FunctionDef) -> bool:
    decorators = method.decorators.nodes if method.decorators is not None else []
    return any(isinstance(one, nodes.Name) and one.name == "classmethod" for one in decorators)


class Types:
    """Answers of which modelled type the receiver of a call is."""

    def __init__(self, models: Models, layout: Layout, names: frozenset[str]) -> None:
        """``names`` are the methods that are asked about."""
        self._models = models
        self._layout = layout
        self._names = names
        self._stubs = Stubs(models)
        self._manager = _Manager()
        self._modules: dict[Path | str, nodes.Module | None] = {}
        self._calls: dict[Path, dict[tuple[int, int], nodes.Attribute]] = {}

    def kind_at(self, path: Path, end: tuple[int, int]) -> str | None:
        """The type id of what the attribute that ends at this line and column (1-based) is asked of.

        '' for what is known and no such type, None for what astroid cannot tell.
        """
        answers: list[str | None] = []
        thread = threading.Thread(target=lambda: answers.append(self._answer(path, end)), daemon=True)
        thread.start()
        thread.join()
        return answers[0]

    def _answer(self, path: Path, end: tuple[int, int]) -> str | None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of the project's source, which is no affair of ours
                return self._kind_at(path, end)
        except Exception:  # noqa: BLE001 - astroid raises many, and each of them means that it does not know
            return None

    def _kind_at(self, path: Path, end: tuple[int, int]) -> str | None:
        if len(self._modules) > MODULES_KEPT:
            self._modules.clear()
            self._calls.clear()
        if path not in self._calls:
            module = self._file(path)
            self._calls[path] = _calls_in(module, self._names) if module is not None else {}
        self._layout.reads(path)
        asked = self._calls[path].get(end)
        if asked is None:
            return None
        counted = _Counted()
        with self._inferring(counted, (self._layout.package_root(path),)):
            found = list(asked.expr.infer())
            kinds = {self._kind_of(one, asked.attrname) for one in found if not _is_none(one)}
        if counted.is_spent or None in kinds or not kinds:
            return None
        return kinds.pop() if len(kinds) == 1 else ""

    def _kind_of(self, found: Any, name: str) -> str | None:
        """The type id of what was inferred; '' for another, None for what is not known."""
        if isinstance(found, util.UninferableBase):
            return None
        cls = getattr(found, "_proxied", None) if isinstance(found, bases.Instance) else None
        if not isinstance(cls, nodes.ClassDef):
            return ""
        for one in (cls, *cls.ancestors()):
            kind = self._stubs.kinds.get(one.qname()) or self._models.instances.get(one.qname())
            if kind:
                return kind if self._models.method(kind, name) is not None else ""
            if name in one.locals or name in one.instance_attrs:
                return ""  # its own, whatever is above it
        return ""

    @contextmanager
    def _inferring(self, counted: _Counted, near: tuple[Path, ...]) -> Iterator[None]:
        """While astroid finds only our modules, remembers nothing from before, and is stopped at the budget."""
        asked: set[Path] = set()

        def module_named(
            _manager: object, modname: str, context_file: str | None = None, use_cache: bool = True
        ) -> nodes.Module:
            del context_file, use_cache
            found = self._module(modname, near, asked)
            if found is None:
                raise AstroidImportError(f"no module {modname}", modname=modname)
            return found

        find: Callable[..., Any] = AstroidManager.ast_from_module_name
        known = context._INFERENCE_CACHE  # noqa: SLF001 - there is no other way to count, or to begin anew
        clear_inference_tip_cache()
        AstroidManager.ast_from_module_name = module_named
        context._INFERENCE_CACHE = counted  # noqa: SLF001
        for module in _INFERRING:
            module.next = _only
        try:
            yield
        finally:
            for module in _INFERRING:
                del module.next
            AstroidManager.ast_from_module_name = find
            context._INFERENCE_CACHE = known  # noqa: SLF001

    def _module(self, name: str, near: tuple[Path, ...], asked: set[Path]) -> nodes.Module | None:
        if name == "builtins":
            return self._manager.builtins_module
        path = self._layout.find(name, near)
        if path is not None:
            asked.add(path)
            return self._file(path) if len(asked) <= MODULES_A_QUESTION else None
        if name not in self._modules:
            text = self._stubs.text(name)
            self._modules[name] = None if text is None else self._built(text, name, f"/{name}/__init__.py")
        return self._modules[name]

    def _file(self, path: Path) -> nodes.Module | None:
        self._layout.reads(path)
        if path not in self._modules:
            self._modules[path] = None
            try:
                data = read_source(path).data
            except SourceError:
                return None
            if len(data) <= LARGEST_MODULE:
                self._modules[path] = self._built(data.decode(), self._layout.module_name(path), str(path))
        return self._modules[path]

    def _built(self, text: str, name: str, path: str) -> nodes.Module | None:
        try:
            return _Builder(self._manager).string_build(text, name, path)
        except Exception:  # noqa: BLE001 - broken source, nesting that is too deep
            return None


def _is_none(found: Any) -> bool:
    """What is opened later, or lazily, is None until then."""
    return isinstance(found, nodes.Const) and found.value is None


def _calls_in(module: nodes.Module, names: frozenset[str]) -> dict[tuple[int, int], nodes.Attribute]:
    """The first called attributes with one of these names, by the 1-based line and column at which they end."""
    lines = module.file_bytes.split(b"\n")
    found: dict[tuple[int, int], nodes.Attribute] = {}
    for call in module.nodes_of_class(nodes.Call):
        func = call.func
        if isinstance(func, nodes.Attribute) and func.attrname in names:
            line = lines[func.end_lineno - 1]
            found[func.end_lineno, len(line[: func.end_col_offset].decode("utf-8", "replace")) + 1] = func
    return {end: found[end] for end in sorted(found)[:QUESTIONS_A_FILE]}
