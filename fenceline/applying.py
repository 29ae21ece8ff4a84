"""Which fixes are made together: those of one pass, file by file, as new content and not yet on the disk.

Every fix was found good by itself, in the text as it was. So two of them go into one pass only if neither changes a
function that the other has looked at, and if what they do at the level of the module does not meet. What is put off is
looked for again in the next pass, in the text as it is then.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fenceline.analyzer.comments import Defined, definitions_in
from fenceline.analyzer.finding import Edit, Finding, Fix
from fenceline.analyzer.source import Source, source_from_text
from fenceline.files import Content, NotWrittenError, content_of, content_with, still_parses
from fenceline.patches import OverlapError, edited

_WORD = re.compile(r"[^\W\d]\w*")
_Function = tuple[str, str]


@dataclass(slots=True)
class Pass:
    """What one pass makes of the files.

    ``contents`` are the files that change, ``old`` what they held; ``made`` the findings whose fixes they hold;
    ``later`` those that were put off; ``refused`` those whose fix cannot be made at all, with the file and the reason.
    """

    contents: dict[str, Content] = field(default_factory=dict)
    old: dict[str, Content] = field(default_factory=dict)
    made: list[Finding] = field(default_factory=list)
    later: list[Finding] = field(default_factory=list)
    refused: list[tuple[Finding, str, str]] = field(default_factory=list)


def plan_pass(findings: Iterable[Finding], root: Path, planned: Mapping[str, Content], files: Collection[str]) -> Pass:
    """The fixes of these findings that can be made together, the first ones first; no other files than ``files``.

    ``planned`` is what earlier passes made of files that are still unchanged on the disk.
    """
    plan = _Plan(root, planned, frozenset(files))
    for finding in findings:
        if finding.fix is not None:
            plan.take(finding, finding.fix)
    return plan.result


class _Refused(Exception):  # noqa: N818 - a fix that is not made is no error
    """A fix that cannot be made; in a file that has others in this pass it may be in the next one, unless final."""

    def __init__(self, path: str, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.path = path
        self.is_final = is_final


class _Plan:
    """One pass while it is put together."""

    def __init__(self, root: Path, planned: Mapping[str, Content], files: Collection[str]) -> None:
        self.root = root
        self.files = files
        self.contents: dict[str, Content] = dict(planned)
        self.drafts: dict[str, _Draft] = {}
        self.busy: set[_Function] = set()
        self.defined: dict[str, list[Defined]] = {}
        self.result = Pass()

    def take(self, finding: Finding, fix: Fix) -> None:
        """Make a fix, put it off or refuse it."""
        edits: dict[str, list[Edit]] = {}
        for edit in fix.edits:
            edits.setdefault(edit.path, []).append(edit)
        try:
            for path in edits:
                self._check(path, dict(fix.digest).get(path, ""))
            functions = self._functions(finding, fix)
            if functions & self.busy:
                self.result.later.append(finding)
                return
            drafts = {path: self._draft(path).with_edits(own) for path, own in edits.items()}
            contents = {path: self._written(path, draft) for path, draft in drafts.items()}
        except _Refused as refusal:
            if refusal.path in self.drafts and not refusal.is_final:
                self.result.later.append(finding)
            else:
                self.result.refused.append((finding, refusal.path, str(refusal)))
            return
        self.busy |= functions
        self.drafts.update(drafts)
        self.result.contents.update(contents)
        self.result.old.update((path, self.contents[path]) for path in contents)
        self.result.made.append(finding)

    def _written(self, path: str, draft: _Draft) -> Content:
        """What a file would hold. Raises _Refused."""
        old = self.contents[path]
        try:
            new = content_with(old, draft.text)
        except OverlapError as error:
            raise _Refused(path, "the edits overlap") from error
        except NotWrittenError as error:
            raise _Refused(path, str(error)) from error
        if not still_parses(old, new):
            raise _Refused(path, "it would not parse any more")
        return new

    def _check(self, path: str, digest: str) -> None:
        """Raises _Refused for a file that is none of ours, or not what the edits were made for."""
        if path not in self.files:
            raise _Refused(path, "it is not among the files that were to be fixed", is_final=True)
        try:
            content = self._content(path)
        except NotWrittenError as error:
            raise _Refused(path, str(error), is_final=True) from error
        except OSError as error:
            reason = f"it cannot be read: {error.strerror or type(error).__name__}"
            raise _Refused(path, reason, is_final=True) from error
        if content.digest != digest:
            raise _Refused(path, "it has changed since it was analysed", is_final=True)

    def _content(self, path: str) -> Content:
        if path not in self.contents:
            file = self.root / path
            self.contents[path] = content_of(file, file.read_bytes())
        return self.contents[path]

    def _draft(self, path: str) -> _Draft:
        return self.drafts.get(path) or _Draft(path, self.contents[path].source)

    def _functions(self, finding: Finding, fix: Fix) -> set[_Function]:
        """The outermost functions that a fix changes, and those that its finding speaks of."""
        places = [(finding.path, finding.line, finding.end_line)]
        places += [(one.path, one.line, one.end_line) for one in finding.related]
        places += [(one.path, one.line, one.line) for one in finding.trace]
        places += [(one.path, *_lines_of(one)) for one in fix.edits]
        return {function for place in places for function in self._around(*place)}

    def _around(self, path: str, first: int, last: int) -> Iterator[_Function]:
        end = 0
        for one in sorted(self._defined_in(path), key=lambda one: (one.first, -one.last)):
            if one.is_function and one.first > end:
                end = one.last
                if one.first <= last and first <= one.last:
                    yield path, f"{one.name}:{one.line}"

    def _defined_in(self, path: str) -> list[Defined]:
        if path not in self.defined:
            try:
                self.defined[path] = definitions_in(self._content(path).source)
            except (NotWrittenError, OSError):
                self.defined[path] = []
        return self.defined[path]


def _lines_of(edit: Edit) -> tuple[int, int]:
    """The lines that an edit touches; what is put in at the beginning of a line may belong to the line before."""
    return edit.line - (edit.column == 1), edit.end_line


@dataclass(frozen=True, slots=True)
class _Draft:
    """A file with the edits of some fixes; ``text`` is made of them all."""

    path: str
    source: Source
    edits: frozenset[Edit] = frozenset()

    @property
    def text(self) -> str:
        """The text with the edits made."""
        return edited(self.source, self.edits)

    def with_edits(self, edits: Iterable[Edit]) -> _Draft:
        """The draft with the edits of one more fix. Raises _Refused if they do not go together."""
        more = frozenset(edits)
        both = _Draft(self.path, self.source, self.edits | more)
        try:
            if self.edits and _names_meet(self, _Draft(self.path, self.source, more), both):
                raise _Refused(self.path, "another fix defines the same name")
        except OverlapError as error:
            raise _Refused(self.path, "the edits overlap") from error
        return both


def _names_meet(one: _Draft, other: _Draft, both: _Draft) -> bool:
    """Whether two fixes bind one name of a module or class each for itself, or one uses what the other takes away."""
    bound = [_bound_in(text) for text in (one.source.text, one.text, other.text, both.text)]
    if any(names is None for names in bound):
        return not (one.edits >= other.edits or _inside_functions(one.source, other.edits - one.edits))
    before, by_one, by_other, together = (names or Counter() for names in bound)
    if any(count > max(by_one[name], by_other[name]) for name, count in together.items()):
        return True
    return bool(
        _words(other.edits - one.edits) & _last_parts(before - by_one)
        or _words(one.edits - other.edits) & _last_parts(before - by_other)
    )


def _inside_functions(source: Source, edits: Iterable[Edit]) -> bool:
    functions = [one for one in definitions_in(source) if one.is_function]
    return all(any(f.line < edit.line and edit.end_line <= f.last for f in functions) for edit in edits)


def _words(edits: Iterable[Edit]) -> set[str]:
    return {word for edit in edits for word in _WORD.findall(edit.text)}


def _last_parts(names: Iterable[str]) -> set[str]:
    return {name.rpartition(".")[2] for name in names}


def _bound_in(text: str) -> Counter[str] | None:
    """How often each name is bound at the level of the module and of its classes; None where this Python cannot say."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(source_from_text(text).data)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
    return Counter(_bound_by(tree.body, ""))


def _bound_by(body: Iterable[ast.AST], prefix: str) -> Iterator[str]:
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield prefix + name
            case ast.ClassDef(name=name, body=inner):
                yield prefix + name
                yield from _bound_by(inner, f"{prefix}{name}.")
            case ast.alias(name=name, asname=asname):
                yield prefix + (asname or name.partition(".")[0])
            case ast.Name(id=name, ctx=ast.Store()):
                yield prefix + name
            case ast.Lambda():
                pass
            case _:
                yield from _bound_by(ast.iter_child_nodes(node), prefix)
