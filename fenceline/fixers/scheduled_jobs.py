"""A job as a function of the file: what of it may be kept to one run at a time, what the lock is called."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Refused, Subject
from fenceline.fixers.positions import Statement, children, walk
from fenceline.fixers.scopes import dotted


def job_of(code: Code, subject: Subject) -> cst.FunctionDef:
    """The function that is fired. Raises Refused where it is none."""
    for node in code.tree.at.get(subject.span, ()):
        above = code.parent(node)
        if isinstance(node, cst.Name) and isinstance(above, cst.FunctionDef) and above.name is node:
            return above
    raise Refused("the job is no function of this file")


def body_of(code: Code, function: cst.FunctionDef) -> list[Statement]:
    """The statements that go under the lock: all but the docstring. Raises Refused where they must not."""
    if not isinstance(function.body, cst.IndentedBlock):
        raise Refused("its body stands on one line")
    statements = code.block_of(function.body.body[0])
    if function.get_docstring() is not None:
        statements = statements[1:]
    if not statements:
        raise Refused("it does nothing")
    own = list(_own(function.body))
    if any(isinstance(one, cst.Yield) for one in own):
        raise Refused("it is a generator")
    if any(isinstance(one, cst.While) and _is_endless(one) for one in own):
        raise Refused("it never ends: a lock around it would stop the others for good")
    if any(isinstance(one, cst.Return) and one.value is not None and dotted(one.value) != "None" for one in own):
        raise Refused("it gives something back, and a run that has to leave has nothing to give")
    return statements


def _own(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for _, child in children(node):
        if not isinstance(child, cst.FunctionDef | cst.Lambda | cst.ClassDef):
            yield child
            yield from _own(child)


def _is_endless(loop: cst.While) -> bool:
    """Whether nothing but an error ends the loop."""
    constant = dotted(loop.test) == "True" or isinstance(loop.test, cst.Integer)
    return constant and not any(isinstance(one, cst.Break | cst.Return) for one in walk(loop.body))


def key_of_job(subject: Subject, function: cst.FunctionDef) -> str:
    """The name of the lock: the job is the same in all processes, whatever it is called with must be nothing."""
    params = function.params
    given = [*params.params, *params.kwonly_params, *params.posonly_params]
    if given and given[0].name.value == "self" and "." in subject.flow.lowered.function:
        given = given[1:]
    if given or isinstance(params.star_arg, cst.Param) or params.star_kwarg is not None:
        raise Refused("it is called with something: runs of different work would keep each other out")
    return f"{subject.settings.key_prefix}{subject.module.name}.{subject.flow.lowered.function}"
