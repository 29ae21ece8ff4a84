"""What effects speak of: the terms that stand for values, the cells that runs share, the guards that they ask.

Values are uninterpreted terms: the same function of the same arguments is the same value, and nothing else is known of
it. All of it is immutable and compared by what it says.
"""

from __future__ import annotations

import zlib

from fenceline.analyzer.value_classes import value_class

# ---------------------------------------------------------------------- terms


@value_class(frozen=True, slots=True)
class Const:
    """A value that the source states."""

    value: object


@value_class(frozen=True, slots=True)
class Arg:
    """An argument of the entry. Equal in both runs if it occurs in a watched key, else different between requests."""

    name: str


@value_class(frozen=True, slots=True)
class Fresh:
    """uuid, random, secrets: one term a run, never equal between runs."""

    label: str


@value_class(frozen=True, slots=True)
class Shared:
    """The clock, a setting, a module global: one term for all runs."""

    label: str


@value_class(frozen=True, slots=True)
class Var:
    """What an earlier step of this run has bound under this name."""

    name: str


@value_class(frozen=True, slots=True)
class Old:
    """In the term of a Modify: the value that the cell has at that moment."""


class _Remembering:
    """Room beside the fields of a term: what is asked of it again and again, and goes all the way down."""

    __slots__ = ("_digest", "_hash", "_size", "_variables")
    _digest: int
    _hash: int
    _size: int
    _variables: frozenset[str]


@value_class(frozen=True, slots=True)
class Apply(_Remembering):
    """An uninterpreted function of terms (a Python expression, a call that could not be read)."""

    label: str
    args: tuple[Term, ...] = ()

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            object.__setattr__(self, "_hash", hash((self.label, self.args)))
            return self._hash

    def __repr__(self) -> str:
        return f"Apply(label={self.label!r}, args={self.args!r})"  # as of any dataclass, in a third of the time

    @property
    def size(self) -> int:
        """How many terms it is made of, itself included."""
        try:
            return self._size
        except AttributeError:
            size = 1
            for one in self.args:
                size += one.size if type(one) is Apply else 1
            object.__setattr__(self, "_size", size)
            return size

    @property
    def digest(self) -> int:
        """A number of 32 bits for the same term in every process; others have it by chance only."""
        try:
            return self._digest
        except AttributeError:
            parts = (f"{one.digest:08x}" if isinstance(one, Apply) else repr(one) for one in self.args)
            digest = zlib.crc32("\0".join((self.label, *parts)).encode("utf-8", "surrogateescape"))
            object.__setattr__(self, "_digest", digest)
            return digest

    @property
    def variables(self) -> frozenset[str]:
        """The names of the Vars in it."""
        try:
            return self._variables
        except AttributeError:
            object.__setattr__(self, "_variables", _variables_in(self.args))
            return self._variables


def _variables_in(terms: tuple[Term, ...]) -> frozenset[str]:
    """The set of one of the terms itself, where the others add nothing: there are very many terms."""
    found: frozenset[str] = frozenset()
    for one in terms:
        if isinstance(one, Apply):
            more = one.variables
            found = more if found <= more else found | more if more - found else found
        elif isinstance(one, Var) and one.name not in found:
            found |= {one.name}
    return found


Term = Const | Arg | Fresh | Shared | Var | Old | Apply


# ---------------------------------------------------------------------- cells


@value_class(frozen=True, slots=True)
class Cell:
    """A place in a store that other processes see: store family, key terms, and for rows and hashes the field.

    A bag cell (``is_bag``) stands for the rows that satisfy a condition: it is absent when empty, Insert adds to it.
    """

    store: str
    key: tuple[Term, ...]
    field: str | None = None
    is_bag: bool = False


# --------------------------------------------------------------------- guards


@value_class(frozen=True, slots=True)
class IsAbsent:
    """The value is missing (None from a GET, no row, an empty bag). Interpreted."""

    term: Term


@value_class(frozen=True, slots=True)
class IsTrue:
    """Truth of a term. Interpreted for constants and for the bool that an atomic step bound, else asked."""

    term: Term


@value_class(frozen=True, slots=True)
class IsEqual:
    """Equality with a constant. Interpreted for constants and for what a cell held at first, else asked."""

    term: Term
    value: Const


@value_class(frozen=True, slots=True)
class Ask:
    """A guard that is not interpreted: same label over the same values, same answer; both answers are tried."""

    label: str
    args: tuple[Term, ...] = ()


@value_class(frozen=True, slots=True)
class Not:
    """That the guard does not hold."""

    guard: Guard


@value_class(frozen=True, slots=True)
class AllOf:
    """That every one of these holds."""

    guards: tuple[Guard, ...]


@value_class(frozen=True, slots=True)
class AnyOf:
    """That at least one of these holds."""

    guards: tuple[Guard, ...]


Guard = IsAbsent | IsTrue | IsEqual | Ask | Not | AllOf | AnyOf
