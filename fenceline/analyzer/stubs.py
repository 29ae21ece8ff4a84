"""The modules of the modelled libraries as source text: a class for each name that makes an instance of a type.

For an inference that follows imports: what it finds depends on what the models say, not on what is installed where we
run. Nothing of a library is in it but names.
"""

from __future__ import annotations

import keyword
from dataclasses import dataclass, field

from fenceline.analyzer.models import Models


@dataclass(slots=True)
class _Place:
    """What stands under a dotted name: the names below it, and the type id of what calling it makes ('' for none)."""

    kind: str = ""
    is_object: bool = False
    below: dict[str, _Place] = field(default_factory=dict)


class Stubs:
    """The stubs of all that these models know."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._root = _Place()
        self.kinds: dict[str, str] = {}
        """Qualified name of a class in a stub → the type id of its instances."""
        for qualified, kind in models.instances.items():
            self._put(qualified, kind, is_object=False)
        for qualified, kind in models.objects.items():
            if kind in models.types:
                self._put(qualified, kind, is_object=True)

    def text(self, module: str) -> str | None:
        """The source of the module with this name; None where no model speaks of it."""
        place = self._root
        for part in module.split("."):
            if part not in place.below:
                return None
            place = place.below[part]
        if place.kind:
            return None
        return "\n".join(line for name, one in place.below.items() for line in self._lines(name, one, module)) + "\n"

    def _put(self, qualified: str, kind: str, *, is_object: bool) -> None:
        parts = qualified.split(".")
        if len(parts) < 2 or not all(one.isidentifier() and not keyword.iskeyword(one) for one in parts):
            return
        place = self._root
        for part in parts:
            place = place.below.setdefault(part, _Place())
        place.kind, place.is_object = kind, is_object

    def _lines(self, name: str, place: _Place, above: str) -> list[str]:
        """The class; its nested classes are what is called by their names on an instance as well (``client.lock``)."""
        if not place.kind:
            return []  # a module: it is asked for by its own name
        qualified = f"{above}.{name}"
        made = f"_{name}" if place.is_object else name
        self.kinds[f"{above}.{made}"] = place.kind
        lines = [f"class {made}:", "    def __enter__(self):", "        return self"]
        inner = dict(place.below)
        for one in self._models.lineage(place.kind):
            for method, operation in one.methods.items():
                result = operation.result.strip("<>")
                if operation.result.startswith("<") and result in self._models.types and method.isidentifier():
                    inner.setdefault(method, _Place(result))
        for method, below in inner.items():
            if place.below.get(method) is below:
                lines += ["    " + line for line in self._lines(method, below, f"{above}.{made}")]
            else:
                self.kinds[f"{above}.{made}.{method}"] = below.kind
                lines += [f"    class {method}:", "        def __enter__(self):", "            return self"]
        if place.is_object:
            lines.append(f"{qualified.rpartition('.')[2]} = {made}()")
        return lines
