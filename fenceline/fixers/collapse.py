"""An ``if`` of which one statement is left, or only its other side: with the comments that stood in it."""

from __future__ import annotations

import libcst as cst

from fenceline.fixers.positions import walk


def collapsed(branch: cst.If, small: cst.BaseSmallStatement) -> cst.SimpleStatementLine:
    """The statement that takes the place of a branch and its body; the comments above the branch are not in it."""
    header = branch.body.header if isinstance(branch.body, cst.IndentedBlock) else cst.TrailingWhitespace()
    inside = [one for statement in branch.body.body for one in walk(statement) if isinstance(one, cst.Comment)]
    above = [cst.EmptyLine(comment=one) for one in inside]
    return cst.SimpleStatementLine([small], leading_lines=above, trailing_whitespace=header)


def turned(branch: cst.If, test: cst.BaseExpression) -> cst.If:
    """The branch without its body: ``test`` is the opposite, and what stood behind ``else`` is the body."""
    assert isinstance(branch.orelse, cst.Else)
    body = branch.orelse.body
    header = branch.body.header if isinstance(branch.body, cst.IndentedBlock) else None
    if isinstance(body, cst.IndentedBlock) and header is not None and body.header.comment is None:
        body = body.with_changes(header=header)
    return branch.with_changes(test=test, body=body, orelse=None)
