"""The project index: what a name used in one module means in the whole project.

Nothing is parsed before it is asked for, and nothing twice.
"""

from __future__ import annotations

import builtins
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fenceline.analyzer import hierarchy
from fenceline.analyzer.consulted import Memo, Notebook
from fenceline.analyzer.definitions import Definition, External, Resolution
from fenceline.analyzer.exports import exported_names
from fenceline.analyzer.layout import Layout, source_roots
from fenceline.analyzer.names import (
    ImportedName,
    Member,
    ModuleInfo,
    class_members,
    dotted_name,
    imports_of,
    index_module,
)
from fenceline.analyzer.nodes import ClassDef
from fenceline.analyzer.source import Source, SourceError, read_source
from fenceline.analyzer.syntax import parse

__all__ = [
    "Definition",
    "External",
    "ImportedName",
    "Member",
    "ModuleInfo",
    "Project",
    "Resolution",
    "dotted_name",
    "imports_of",
    "source_roots",
]

_BUILTINS = frozenset(dir(builtins))
_Seen = set[tuple[ModuleInfo, str]]


class Project:
    """The modules below ``root``, and below ``search``: more directories that imports start from.

    Those are best taken from :func:`source_roots` over all files, so that no answer depends on which file was
    analysed first.
    """

    def __init__(self, root: Path, search: Iterable[Path] | None = None) -> None:
        self.root = _absolute(root)
        self.layout = Layout(self.root, [_absolute(path) for path in search or ()])
        self.parsed: list[Path] = []  # the files that were parsed, in the order in which they were asked for
        self._modules: dict[Path, ModuleInfo | None] = {}
        self._on_disk: dict[Path, ModuleInfo | None] = self._modules
        self._replaced: set[Path] = set()
        self._resolved: Memo[Resolution] = Memo(self.notebook)
        self._exports: Memo[frozenset[str] | None] = Memo(self.notebook)
        self._members: dict[ClassDef, dict[str, Member]] = {}
        self._mros: Memo[tuple[Definition, ...]] = Memo(self.notebook)

    @property
    def notebook(self) -> Notebook:
        """Where it is noted what is consulted."""
        return self.layout.notebook

    # ------------------------------------------------------------------ modules

    def module_of(self, path: Path) -> ModuleInfo | None:
        """The module in a file; None when it cannot be read (``read_source`` says why)."""
        path = _absolute(path)
        self.layout.reads(path)
        if path not in self._modules:
            try:
                self._modules[path] = self._indexed(path, read_source(path))
            except SourceError:
                self._modules[path] = None
        return self._modules[path]

    def module_from(self, source: Source) -> ModuleInfo:
        """The module with this text, which from now on counts as the content of its file."""
        path = _absolute(source.path)
        module = self._modules[path] = self._indexed(path, source)
        return module

    @contextmanager
    def with_text(self, source: Source) -> Iterator[ModuleInfo]:
        """For the time of the block, the module with this text counts as the content of its file."""
        kept = self._modules, self._resolved, self._exports, self._members, self._mros
        parsed, replaced = list(self.parsed), set(self._replaced)
        self._replaced.add(_absolute(source.path))
        self._modules, self._members = dict(self._modules), dict(self._members)
        self._resolved, self._exports, self._mros = Memo(self.notebook), Memo(self.notebook), Memo(self.notebook)
        try:
            yield self.module_from(source)
        finally:
            self._modules, self._resolved, self._exports, self._members, self._mros = kept
            self.parsed[:] = parsed
            self._replaced = replaced

    def read_from_disk(self, path: Path) -> ModuleInfo | None:
        """The module in a file as it stands there, whatever takes its place now; None if nobody has read it yet."""
        return self._on_disk.get(path) or (None if path in self._replaced else self._modules.get(path))

    def find_module(self, dotted: str, near: ModuleInfo | None = None) -> ModuleInfo | None:
        """The module that an import of this absolute name (in the module ``near``) means; None if none of ours."""
        path = self.layout.find(dotted, near.search if near else ())
        return None if path is None else self.module_of(path)

    def _indexed(self, path: Path, source: Source) -> ModuleInfo:
        self.parsed.append(path)
        name = self.layout.module_name(path)
        search = (self.layout.package_root(path),)
        module = ModuleInfo(name, path, path.name == "__init__.py", parse(source), search)
        index_module(module)
        return module

    # -------------------------------------------------------------------- names

    def resolve(self, module: ModuleInfo, dotted: str) -> Resolution:
        """What a dotted name means at the top level of a module; None for built-ins and names that nobody binds."""
        key = module, dotted
        if key not in self._resolved:
            self._resolved[key] = self._lookup(module, dotted, set())
        return self._resolved[key]

    def attribute_of(self, module: ModuleInfo, name: str) -> Resolution:
        """What ``module.name`` is: what the module binds, or a submodule of the package."""
        key = module, f".{name}"
        if key not in self._resolved:
            self._resolved[key] = self._member(module, name, set())
        return self._resolved[key]

    def named(self, dotted: str, near: ModuleInfo) -> Resolution:
        """What a text names: a module, or what is in one (``shop.orders.place``); None for what is not ours."""
        parts = dotted.split(".")
        for count in range(len(parts), 0, -1):
            module = self.find_module(".".join(parts[:count]), near)
            if module is None:
                continue
            if count == len(parts):
                return _module_definition(module)
            found = self.attribute_of(module, parts[count])
            for attribute in parts[count + 1 :]:
                found = self._attribute(module, found, attribute, set())
            return found
        return None

    def resolve_above(self, definition: Definition, dotted: str) -> Resolution:
        """What a name means to the statement that defines it: ``class User(User)`` has an imported base."""
        seen = {(definition.module, definition.name)}
        return self._lookup(definition.module, dotted, seen)

    def _lookup(self, module: ModuleInfo, dotted: str, seen: _Seen) -> Resolution:
        first, *rest = dotted.split(".")
        found = self._binding(module, first, seen) or self._guess(module, first, set())
        for attribute in rest:
            found = self._attribute(module, found, attribute, seen)
        return found

    def _attribute(self, module: ModuleInfo, found: Resolution, attribute: str, seen: _Seen) -> Resolution:
        match found:
            case None:
                return None
            case External(qualified):
                return self._module_or_external(f"{qualified}.{attribute}", module)
            case Definition(kind="module"):
                return self._member(found.module, attribute, seen)
            case Definition(node=ClassDef() as node, rest=()):
                inner = self.members(node).get(attribute)
                if isinstance(inner, ClassDef):
                    return Definition("class", found.module, f"{found.name}.{attribute}", inner)
        return found.followed_by(attribute)

    def _binding(self, module: ModuleInfo, name: str, seen: _Seen) -> Resolution:
        """What the module itself, or a star import in it, binds the name to."""
        if (module, name) in seen:
            return self._displaced(module, name, seen)
        seen.add((module, name))
        if name in module.classes:
            return Definition("class", module, name, module.classes[name])
        if name in module.functions:
            return Definition("function", module, name, module.functions[name])
        if name in module.imports:
            return self._imported_or_instead(module, name, seen)
        if name in module.assigns:
            value = module.assigns[name]
            alias = dotted_name(value)
            target = self._lookup(module, alias, seen) if alias else None
            return target or Definition("assign", module, name, value)
        return self._from_star(module, name, seen)

    def _displaced(self, module: ModuleInfo, name: str, seen: _Seen) -> Resolution:
        """A name that refers to itself means what was imported under that name before."""
        again = module, f"{name} (displaced)"
        if again in seen:
            return None
        seen.add(again)
        if name not in module.displaced:
            return self._from_star(module, name, seen)
        return self._imported(module, module.displaced[name], seen)

    def _imported(self, module: ModuleInfo, imported: ImportedName, seen: _Seen) -> Resolution:
        source = self.find_module(imported.module, module)
        if source is None or (source is module and not module.is_package):
            return self._module_or_external(imported.dotted, module)
        if imported.attribute is None:
            return _module_definition(source)
        return self._member(source, imported.attribute, seen)

    def _imported_or_instead(self, module: ModuleInfo, name: str, seen: _Seen) -> Resolution:
        """An import, or the one in its stead (``except ImportError``) where ours has no such module or no such name."""
        imported = module.imports[name]
        if name not in module.displaced or not self._is_missing(module, imported):
            found = self._imported(module, imported, seen)
            if found is not None or name not in module.displaced:
                return found
        return self._imported(module, module.displaced[name], seen)

    def _is_missing(self, module: ModuleInfo, imported: ImportedName) -> bool:
        """Whether the project holds the package that a module is imported from, and not the module."""
        top = imported.module.partition(".")[0]
        is_ours = top != imported.module and self.find_module(top, module) is not None
        return is_ours and self.find_module(imported.module, module) is None

    def _member(self, module: ModuleInfo, name: str, seen: _Seen) -> Resolution:
        """An attribute of a module: what it binds, or a submodule."""
        found = self._binding(module, name, seen)
        if found is None and module.is_package:
            path = self.layout.submodule(module.path, name)
            submodule = self.module_of(path) if path else None
            found = _module_definition(submodule) if submodule else None
        return found or self._guess(module, name, set())

    def _module_or_external(self, dotted: str, near: ModuleInfo) -> Resolution:
        """A part of a namespace package has no module above it that could lead to it."""
        module = self.find_module(dotted, near)
        if module is None or module is near:
            return External(dotted)
        return _module_definition(module)

    def _from_star(self, module: ModuleInfo, name: str, seen: _Seen) -> Resolution:
        for source in self._star_sources(module):
            if isinstance(source, ModuleInfo) and self._is_exported(source, name):
                found = self._binding(source, name, seen)
                if found is not None:
                    return found
        return None

    def _guess(self, module: ModuleInfo, name: str, visited: set[ModuleInfo]) -> Resolution:
        """A name that nothing in the project binds comes from a star import from outside, if there is one."""
        if name in _BUILTINS or name.startswith("_") or module in visited:
            return None
        visited.add(module)
        for source in self._star_sources(module):
            if isinstance(source, str):
                return External(f"{source}.{name}")
            found = self._guess(source, name, visited)
            if found is not None:
                return found
        return None

    def _star_sources(self, module: ModuleInfo) -> Iterable[ModuleInfo | str]:
        """What the star imports of a module name, last first; a name for what is not in the project."""
        for dotted in reversed(module.star_imports):
            yield self.find_module(dotted, module) or dotted

    def _is_exported(self, module: ModuleInfo, name: str) -> bool:
        """Whether a star import takes the name; what is asked while ``__all__`` itself is looked up is."""
        if module not in self._exports:
            self._exports[module] = frozenset({name})
            self._exports[module] = exported_names(module, lambda where, dotted: self._lookup(where, dotted, set()))
        exported = self._exports[module]
        return name in exported if exported is not None else not name.startswith("_")

    # ------------------------------------------------------------------ classes

    def members(self, node: ClassDef) -> dict[str, Member]:
        """What a class body binds, by name."""
        if node not in self._members:
            self._members[node] = class_members(node)
        return self._members[node]

    def class_bases(self, definition: Definition) -> list[Definition | External]:
        """The bases of a class as far as they are known, in order."""
        return hierarchy.class_bases(self, definition)

    def mro(self, definition: Definition) -> tuple[Definition, ...]:
        """The class and the project classes above it in the order in which attributes are looked up."""
        definition = definition.bare
        if definition not in self._mros:
            self._mros[definition] = (definition,)  # what a class sees that is its own base by way of others
            self._mros[definition] = hierarchy.linearised(self, definition)
        return self._mros[definition]

    def find_attribute(self, definition: Definition, name: str) -> tuple[Definition, Member] | None:
        """The first class that binds an attribute, and what it binds: a method, an assignment or a nested class."""
        for owner in self.mro(definition):
            if isinstance(owner.node, ClassDef) and name in self.members(owner.node):
                return owner, self.members(owner.node)[name]
        return None

    def external_bases(self, definition: Definition) -> set[str]:
        """The names of all bases outside the project, direct or not; ``name()`` for what a call to name returns."""
        return hierarchy.external_bases(self, definition)


def _absolute(path: Path) -> Path:
    """Absolute without following links: two links to a file are two modules."""
    return Path(os.path.abspath(path))  # noqa: PTH100 (resolve() follows links)


def _module_definition(module: ModuleInfo) -> Definition:
    return Definition("module", module, module.name, module.tree)
