"""Rewriting one file: only what is meant changes, and the result is good Python."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import libcst as cst
import pytest

from fenceline.analyzer import nodes
from fenceline.analyzer.nodes import Span
from fenceline.analyzer.source import read_source
from fenceline.analyzer.syntax import parse
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Refused
from fenceline.fixers.positions import walk


def find(code: Code, text: str, kind: type[cst.CSTNode] = cst.CSTNode) -> cst.CSTNode:
    """The outermost node with that text."""
    for node in walk(code.module):
        if isinstance(node, kind) and not isinstance(node, cst.Module) and code.source(node).strip() == text:
            return node
    raise AssertionError(text)


ORDER = '''\
def take(pk):
    """Doc."""

    # read the row
    row = get(pk)  # one
    if row.n > 0:
        row.n -= 1
        # tail of the if

    row.save()
    # tail
    return row
'''


def test_wraps_statements_with_their_comments() -> None:
    code = Code(ORDER)
    code.wrap(find(code, "row = get(pk)"), find(code, "row.save()"), "with atomic():")
    assert (
        code.text()
        == '''\
def take(pk):
    """Doc."""

    with atomic():
        # read the row
        row = get(pk)  # one
        if row.n > 0:
            row.n -= 1
            # tail of the if

        row.save()
    # tail
    return row
'''
    )


def test_a_wrapper_may_have_several_clauses() -> None:
    code = Code("def f():\n\ta()\n\tb()\n")
    code.wrap(
        find(code, "a()"), find(code, "b()"), "try:\n    {body}\nfinally:\n    {lock}.release()", lock="self.lock"
    )
    assert code.text() == "def f():\n\ttry:\n\t\ta()\n\t\tb()\n\tfinally:\n\t\tself.lock.release()\n"


def test_edits_inside_what_is_wrapped_are_done() -> None:
    code = Code(ORDER)
    code.replace(find(code, "get(pk)"), code.expression("{q}.lock()", q=find(code, "get(pk)")))
    code.wrap(find(code, "row = get(pk)"), find(code, "row = get(pk)"), "with atomic():")
    assert "    with atomic():\n        # read the row\n        row = get(pk).lock()  # one\n    if row" in code.text()


def test_what_is_put_before_a_wrapped_statement_first_stays_outside() -> None:
    code = Code("def f():\n    a()\n\n    # c\n    b()\n")
    code.insert_before(find(code, "b()"), *code.statements("lock = {x}", x="get()"))
    code.wrap(find(code, "b()"), find(code, "b()"), "with lock:")
    assert code.text() == "def f():\n    a()\n\n    lock = get()\n    with lock:\n        # c\n        b()\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("if x: a(); b()  # c\n", "if x:\n    with l:\n        a()\n    b()  # c\n"),
        ("def f(): a(); b()\n", "def f():\n    with l:\n        a()\n    b()\n"),
        ("# c\na(); b(); d()  # e\n", "# c\nwith l:\n    a()\nb()\nd()  # e\n"),
        ("if x: pass\nelif y: a()\nelse: b()\n", "if x: pass\nelif y:\n    with l:\n        a()\nelse: b()\n"),
        ("match x:\n  case 1: a()\n", "match x:\n  case 1:\n    with l:\n      a()\n"),
        ("x; a()", "x\nwith l:\n    a()"),
    ],
)
def test_statements_that_share_a_line_are_parted(source: str, expected: str) -> None:
    code = Code(source)
    line = code.statement_of(find(code, "a()", cst.Call))
    code.wrap(line, line, "with l:")
    assert code.text() == expected


def test_a_shared_line_that_is_wrapped_whole_stays_whole() -> None:
    code = Code("def f():\n    a(); b()\n    c()\n")
    code.wrap(find(code, "a()", cst.Call), find(code, "c()", cst.Call), "with l:")
    assert code.text() == "def f():\n    with l:\n        a(); b()\n        c()\n"


def test_an_expression_gets_the_parentheses_that_it_needs() -> None:
    code = Code("x = a * b\ny = c.d\nz = f(g)\nw = (\n    h\n    + i\n)\n")
    sum_ = cst.parse_expression("p + q")
    code.replace(find(code, "b"), sum_)
    code.replace(find(code, "c"), sum_)
    code.replace(find(code, "g"), sum_)
    assert code.text() == "x = a * (p + q)\ny = (p + q).d\nz = f(p + q)\nw = (\n    h\n    + i\n)\n"


def test_an_expression_that_spans_lines_takes_parentheses_along() -> None:
    code = Code("f(a\n  + b)\nx = 1\n")
    code.replace(find(code, "1"), code.expression("{s}", s=find(code, "a\n  + b")))
    assert code.text() == "f(a\n  + b)\nx = (a\n  + b)\n"


def test_overlapping_edits_are_refused() -> None:
    code = Code("x = f(a)\n")
    code.replace(find(code, "f(a)"), "g")
    with pytest.raises(Refused):
        code.replace(find(code, "a"), "b")
    code = Code("x = f(a)\n")
    code.replace(find(code, "a"), "g")
    with pytest.raises(Refused):
        code.replace(find(code, "f(a)"), "b")
    with pytest.raises(Refused):
        code.remove(find(code, "x = f(a)"))


def test_removing_keeps_the_comments() -> None:
    code = Code("def f():\n    # why\n    a()  # how\n    b()\nif x:\n    # only\n    c()\n")
    code.remove(find(code, "a()"))
    code.remove(find(code, "c()"))
    assert code.text() == "def f():\n    # why\n    # how\n    b()\nif x:\n    # only\n    pass\n"


def test_opening_keeps_the_comments() -> None:
    code = Code("def f():\n    # above\n    with l:  # head\n        # in\n        a()\n        # foot\n    b()\n")
    code.unwrap(find(code, code.source(code.module.body[0].body.body[0]).strip(), cst.With))
    assert code.text() == "def f():\n    # above\n    # head\n    # in\n    a()\n    # foot\n    b()\n"
    code = Code("with l: a(); b()\n")
    code.unwrap(code.module.body[0])
    assert code.text() == "a()\nb()\n"


def test_replacing_a_statement_keeps_its_comments() -> None:
    code = Code("def f():\n\n    # why\n    a()  # how\n    b()\n")
    code.replace(find(code, "a()"), code.statements("x = 1\nif x:\n    y()"))
    assert code.text() == "def f():\n\n    # why\n    # how\n    x = 1\n    if x:\n        y()\n    b()\n"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("f()", "f(nx=True, ex=3)"),
        ("f(a)", "f(a, nx=True, ex=3)"),
        ("f(a, )", "f(a, nx=True, ex=3, )"),
        ("f(\n    a,  # c\n    b,  # d\n)", "f(\n    a,  # c\n    b,  # d\n    nx=True,\n    ex=3,\n)"),
        ("f(\n    a\n)", "f(\n    a,\n    nx=True,\n    ex=3\n)"),
        ("f(x for x in y)", "f((x for x in y), nx=True, ex=3)"),
        ("f(*a, **k)", "f(*a, **k, nx=True, ex=3)"),
    ],
)
def test_arguments_are_laid_out_as_the_others(call: str, expected: str) -> None:
    code = Code(f"{call}\n")
    code.add_arguments(find(code, call, cst.Call), "nx=True, ex={s}", s="3")
    assert code.text() == f"{expected}\n"


def test_an_argument_that_is_there_is_not_added() -> None:
    code = Code("f(nx=False)\n")
    with pytest.raises(Refused):
        code.add_arguments(find(code, "f(nx=False)", cst.Call), "nx=True")


def test_a_definition_is_set_apart() -> None:
    code = Code("import a\n\n\n# about C\nclass C:\n    def m(self):\n        x()\n")
    code.add_top_level("def g():\n    return 1", before=find(code, "x()"))
    assert code.text() == (
        "import a\n\n\ndef g():\n    return 1\n\n\n# about C\nclass C:\n    def m(self):\n        x()\n"
    )
    code = Code("def m():\n    x()\n")
    code.add_top_level('_S = """\n{x} é\n"""', before=find(code, "x()"))
    assert code.text() == '_S = """\n{x} é\n"""\n\n\ndef m():\n    x()\n'


def test_line_ends_of_the_file_are_used() -> None:
    code = Code('def f():\r\n\ta("""x\r\n y""")\r\n\tb()')
    code.wrap(find(code, "b()"), find(code, "b()"), "with l:\n    {body}\n    c('''\n''')")
    assert code.text() == "def f():\r\n\ta(\"\"\"x\r\n y\"\"\")\r\n\twith l:\r\n\t\tb()\r\n\t\tc('''\r\n''')"


def test_async_headers_are_for_async_functions() -> None:
    code = Code("def f():\n    a()\n")
    with pytest.raises(Refused):
        code.wrap(find(code, "a()"), find(code, "a()"), "async with l:")


def test_nothing_changed_is_refused() -> None:
    with pytest.raises(Refused):
        Code("x = 1\n").text()


def test_fresh_names_collide_with_nothing() -> None:
    code = Code("lock = 1\nlock_2 = a.other\n")
    assert [code.fresh_name("lock"), code.fresh_name("lock"), code.fresh_name("print")] == [
        "lock_3",
        "lock_4",
        "print_2",
    ]


UNADDRESSED = (nodes.Comprehension, nodes.Literal, nodes.Sequence)
"""Of these some have no node of their own: a generator that is the only argument, one text of a joined f-string."""

SOURCES = sorted((Path(__file__).parents[2] / "fenceline").rglob("*.py"))[::12]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_place_that_the_analysis_names_is_found(path: Path) -> None:
    source = read_source(path)
    code = Code.of(source)
    for node in inner_nodes(parse(source)):
        if not isinstance(node, UNADDRESSED) and not is_ended_by_parentheses(node):
            code.node_at(node.span)


def is_ended_by_parentheses(node: nodes.Node) -> bool:
    """``def f(names=())``: for one parser the parentheses belong to the default, for the other to nothing."""
    return isinstance(node, nodes.Param) and isinstance(node.default, nodes.Sequence)


def inner_nodes(node: nodes.Node) -> Iterator[nodes.Node]:
    """The nodes of our own tree that a fixer may ask for."""
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        for one in value if isinstance(value, list) else [value]:
            for part in one if isinstance(one, tuple) else [one]:
                if isinstance(part, nodes.Node):
                    if not isinstance(part, nodes.Unknown | nodes.Generator):
                        yield part
                    yield from inner_nodes(part)


def test_a_statement_is_moved_with_its_comments():
    text = "def f(m):\n    # first\n    m.ack()  # at once\n    work(m)  # long\n    # last\n"
    code = Code(text)
    call = code.node_at(Span(3, 5, 3, 12), cst.Call)
    statement = code.statement_of(call)
    code.insert_after(code.block_of(statement)[-1], code.take(statement))
    assert code.text() == "def f(m):\n    work(m)  # long\n    # first\n    m.ack()  # at once\n    # last\n"
