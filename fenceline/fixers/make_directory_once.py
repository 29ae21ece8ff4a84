"""Makes a directory whether or not it is there, in place of asking first."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from fenceline.analyzer.nodes import Span
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Fixer, Refused, Rewrite, Subject

_TAKE_EXIST_OK = frozenset({"makedirs", "mkdir"})
_MAKES = "make"


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    change = next((one for one in map(subject.fact_of, subject.acts) if one is not None), None)
    if change is None or change.hint != _MAKES:
        raise Refused("only for making a directory is there a call that asks and makes in one step")
    code = subject.code_of()
    call = code.node_at(change.op.span, cst.Call)
    question = _question(code, call, {subject.span, *(span for span, _, _ in subject.related)})
    if change.verb == "mkdir" and not _is_method_of_path(call):
        name = code.imported("contextlib", "suppress", question)
        header = f"with {name}(FileExistsError):\n    {{body}}"
        code.replace(question, code.statements(header, body=code.statement_of(call)))
    elif change.verb in _TAKE_EXIST_OK:
        code.unwrap(question)
        code.add_arguments(call, "exist_ok=True")
    else:
        raise Refused(f"{change.verb} cannot be told that the directory may be there")
    yield Rewrite(code.text(), "Make the directory in one step, whether or not it is there")


def _question(code: Code, call: cst.Call, checks: set[Span]) -> cst.If:
    """The ``if`` that asks for the directory and does nothing but make it."""
    statement = code.statement_of(call)
    around = next((one for one in code.ancestors(statement) if isinstance(one, cst.If)), None)
    if around is None or around.orelse is not None or code.block_of(statement) != [statement]:
        raise Refused("more than making the directory depends on the answer")
    test = around.test
    asks = isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not)
    if not asks or code.span_of(test.expression) not in checks:  # type: ignore[attr-defined] # a negation has one
        raise Refused("more is asked than whether the directory is there")
    if not isinstance(statement, cst.SimpleStatementLine) or not _is_plain(statement, call):
        raise Refused("what the call gives back is used")
    return around


def _is_plain(statement: cst.SimpleStatementLine, call: cst.Call) -> bool:
    body = statement.body[0]
    return isinstance(body, cst.Expr) and body.value is call


def _is_method_of_path(call: cst.Call) -> bool:
    """Whether it is ``path.mkdir()``, which has no argument that is the path."""
    keywords = {arg.keyword.value for arg in call.args if arg.keyword is not None}
    return all(arg.keyword is not None for arg in call.args) and not keywords & {"path", "name"}


FIXER = Fixer("make_directory_once", "make the directory in one step", _rewrite)
