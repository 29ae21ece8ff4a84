"""Adding arguments to a call, as those that it has are laid out."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst


def with_arguments(call: cst.Call, new: Sequence[cst.Arg]) -> cst.Call:
    """The call with further arguments, written below each other where those are that it has."""
    if not call.args:
        return call.with_changes(args=_with_commas(list(new)))
    old = [_closed(arg) for arg in call.args]
    gap, last = _gap(call), old[-1]
    old[-1], end = _opened(last, gap)
    at = next((i for i, arg in enumerate(old) if arg.keyword is not None or arg.star == "**"), len(old))
    bare = [arg.with_changes(comma=cst.MaybeSentinel.DEFAULT) for arg in new]
    ordered = [*old[:at], *(arg for arg in bare if arg.keyword is None), *old[at:]]
    ordered += (arg for arg in bare if arg.keyword is not None)
    if ordered[-1] is old[-1]:
        ordered[-1] = last
    else:
        ordered[-1] = ordered[-1].with_changes(comma=end, whitespace_after_arg=last.whitespace_after_arg)
    return call.with_changes(args=_with_commas(ordered, gap))


def _opened(last: cst.Arg, gap: cst.BaseParenthesizableWhitespace) -> tuple[cst.Arg, cst.Comma | cst.MaybeSentinel]:
    """What was the last argument, with others behind it: its comment stays with it; and the comma that is last now."""
    bare = last.with_changes(whitespace_after_arg=cst.SimpleWhitespace(""))
    if not isinstance(last.comma, cst.Comma):
        return bare, cst.MaybeSentinel.DEFAULT
    after = last.comma.whitespace_after
    if not isinstance(after, cst.ParenthesizedWhitespace):
        return bare.with_changes(comma=cst.Comma(whitespace_after=gap)), last.comma
    if isinstance(gap, cst.ParenthesizedWhitespace):
        between = after.with_changes(indent=gap.indent, last_line=gap.last_line)
    else:
        between = after
    closing = last.comma.with_changes(whitespace_after=without_comments(after))
    return bare.with_changes(comma=last.comma.with_changes(whitespace_after=between)), closing


def _with_commas(args: Sequence[cst.Arg], gap: cst.BaseParenthesizableWhitespace | None = None) -> list[cst.Arg]:
    between = gap or cst.SimpleWhitespace(" ")
    return [
        *(
            arg if isinstance(arg.comma, cst.Comma) else arg.with_changes(comma=cst.Comma(whitespace_after=between))
            for arg in args[:-1]
        ),
        *args[-1:],
    ]


def without_comments(gap: cst.BaseParenthesizableWhitespace) -> cst.BaseParenthesizableWhitespace:
    """The space between two parts, without the comments in it."""
    if isinstance(gap, cst.ParenthesizedWhitespace):
        return gap.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[])
    return gap


def _closed(arg: cst.Arg) -> cst.Arg:
    """A generator that was the only argument needs parentheses once it is not."""
    if isinstance(arg.value, cst.GeneratorExp) and not arg.value.lpar:
        return arg.with_changes(value=arg.value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()]))
    return arg


def _gap(call: cst.Call) -> cst.BaseParenthesizableWhitespace:
    """What stands between two arguments, without its comments."""
    between: cst.BaseParenthesizableWhitespace = call.whitespace_before_args
    if len(call.args) > 1 and isinstance(call.args[-2].comma, cst.Comma):
        between = call.args[-2].comma.whitespace_after
    if not isinstance(between, cst.ParenthesizedWhitespace):
        return cst.SimpleWhitespace(" ")
    return without_comments(between)
