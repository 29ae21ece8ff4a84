"""The words by which registrations, lists and settings are found in the bytes of a file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from fenceline.analyzer.models import Models, Operation
from fenceline.linking.mapped_methods import words_that_map


@dataclass(slots=True)
class Words:
    """The words by which registrations, lists and settings are found in the bytes of a file."""

    models: Models
    calls: set[str] = field(default_factory=set)  # the last parts of all names
    methods: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)  # the whole names of what is no method
    commands: set[str] = field(default_factory=set)  # the methods of classes that are commands
    naming: dict[str, str] = field(default_factory=dict)  # decorator → its option that names what it decorates

    def __post_init__(self) -> None:
        roles = ("callback", "target", "coroutine")
        for kind in self.models.types.values():
            for name, operation in kind.methods.items():
                if operation.op == "entry" and any(isinstance(operation.roles.get(one), str) for one in roles):
                    self.methods.add(name)
                self._add_naming(name, operation)
        for name, entry in self.models.entries.items():
            if entry.kind == "call":
                self.functions.add(name)
            if entry.kind == "base" and entry.what == "command":
                self.commands.update(entry.methods)
            self._add_naming(name.rpartition(".")[2], entry.operation)
        for name, operation in self.models.functions.items():
            if operation.op == "entry":
                self.functions.add(name)
        self.calls = self.methods | {name.rpartition(".")[2] for name in self.functions}

    def pattern(self, functions: Iterable[str]) -> re.Pattern[bytes]:
        """What is looked for where of the functions of libraries only these can be meant."""
        calls = self.methods | {name.rpartition(".")[2] for name in functions}
        names = [one for item in self.models.listings for one in item.names]
        names += [one for setting in self.models.settings for one in setting.names]
        words = [rf"\b{re.escape(one)}\s*\(" for one in sorted(calls)]
        words += [rf"\b{re.escape(one)}\b" for one in sorted(set(names))]
        words += [rf"\b{re.escape(one)}\s*\(\s*[^\s)]" for one in sorted(words_that_map(self.models))]
        return re.compile("|".join(words or ["(?!)"]).encode())

    def _add_naming(self, name: str, operation: Operation) -> None:
        option = operation.roles.get("named")
        if isinstance(option, str):
            self.naming[name] = option
