"""The small tree is the one that Python's own parser would give, places included."""

from __future__ import annotations

import sysconfig
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fenceline.analyzer.source import SourceError, read_source, source_from_text
from fenceline.analyzer.syntax import parse
from tests.syntax.ast_reference import difference, reference

STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))
FOLDERS = ("asyncio", "collections", "concurrent", "email", "html", "http", "importlib", "json", "logging", "unittest")


def assert_same(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = reference(text)
    actual = parse(source_from_text(text))
    assert actual.broken == []
    assert difference(expected, actual) is None


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_standard_library(folder: str):
    for path in sorted((STANDARD_LIBRARY / folder).glob("*.py")):
        try:
            assert_same(read_source(path).text)
        except SourceError:
            continue


EXAMPLES = {
    "calls": "f(a, *b, c=1, **d)(x for x in y)\nf(a)(b)[c].d\nf((x for x in y), z)\n",
    "stars": (
        "f(*a.b, *c(1), **d.e)\nx = *a.b, *c[0]\n*a.b, c = d\n"
        "for x in *a.b, c: pass\n[*a + b, *c.d]\nf(*a.b() if x else y, *c or d)\n"
    ),
    "comparisons": "a < b <= c != d not in e is not f\nnot a in b\n",
    "boolean chains": "a and b and c or d or (e or f) and not g\n",
    "operators": "-a ** -b * c @ d // e % f << 1 >> 2 | ~g\na if b else c if d else e\n(y := f(x))\n",
    "collections": "(), (1,), [1, *a], {1, *b}, {**c, 'd': 1}, {}\na, = b,\n(a) = 1\n[a, (b, *c)] = d\n",
    "comprehensions": "[a for b, c in d if e if f for g in h]\n{a: b for a in c}\n{a for a in b}\n",
    "async": (
        "async def f():\n    async with a as b, c: await d\n    async for x in y: pass\n    else: pass\n"
        "    return [x async for x in y]\n"
    ),
    "subscripts": "a[1], a[1:2], a[:], a[::2], a[1:2, 3], a[1,], a[()], a[*b]\n",
    "lambdas": "lambda: 0\nlambda x, *y, z=1, **k: (yield)\nlambda x, /, y: x\nlambda *, a: a\n",
    "strings": "'a' \"b\"\n'''c\nd'''\nb'\\x00\\n' rb'\\n'\nr'\\d' '\\d\\101\\N{EM DASH}\\u00e9\\\n'\nu'x'\n'' ''\n",
    "f-strings": (
        "f'{a}b{c!r:>{d}}{{e}}' 'f' rf'\\d{g}'\nf'{a=}' f'{b = !r}'\nf'x'\nf'{a:{b}.{c}}'\n"
        "f'{x:=5}'\nf'{x:=06.2f}é{y:=^{w}}' f'{z:=+7,d}{(v:=1):>4}'\nf''\n"
    ),
    "numbers": "1, 0x1F, 0b1, 0o17, 1_000, 1.5, 1e3, .5, 2j, 1.5J, None, True, False, ...\n",
    "assignments": (
        "a = b = c, d\na.b[c] = d\na: int\na: int = 1\na.b: c = d\na += 1\na //= 2\na = yield\nx = y = yield z\n"
    ),
    "annotations": "def f(a: x.Y[int, str] | None, b: 'Z' = 1, *c: d, **e: list[f[g], ...]) -> a | b | c: pass\n",
    "simple statements": "pass; del a, b.c, d[0]\nassert a, b\nraise\nraise a from b\nreturn\nreturn a, b\n;".rstrip(
        ";"
    ),
    "scopes": "def f():\n    global a, b\n    nonlocal c\n",
    "imports": (
        "import a.b.c, d as e\nfrom . import f\nfrom ..g.h import (i as j, k,)\nfrom l import *\n"
        "from __future__ import annotations\n"
    ).replace("from __future__ import annotations\n", ""),
    "branches": "if a: b\nelif c:\n    d\nelif e:\n    f\nelse:\n    g\nwhile a:\n    break\nelse:\n    continue\n",
    "try": (
        "try:\n    a\nexcept (B, C) as d:\n    e\nexcept F: g\nexcept:\n    h\nelse:\n    i\nfinally:\n    j\n"
        "try: a\nexcept* B as c: d\n"
    ),
    "with": (
        "with a: pass\nwith (a, b): pass\nwith (a as b, c as d,): pass\n"
        "with a as (b, c), d() as e[0]: pass\nwith (a) as b: pass\n"
    ),
    "match": (
        "match a, b:\n    case 1 | -2 | 'x' | None | True: pass\n    case C.D | [E(), F(g, h=3, i=j)]: pass\n"
        "    case {'k': v, 'l': 4, **rest} if v: pass\n    case (x, *y) | [x, *y]: pass\n    case [_, *_] as z: pass\n"
        "    case str() as s: pass\n    case 1+2j: pass\n    case name: pass\n"
        "match (x):\n    case _ if y: pass\nmatch x,:\n    case (_): pass\nmatch = 1\n"
    ),
    "definitions": (
        "@a.b\n@c(d)\n# comment\nclass E(F, metaclass=G, **H):\n    '''Doc.'''\n    @i\n"
        "    async def j(self, /, k=1, *, l, m=2): ...\n"
        "    # trailing\n\ndef n(): pass\n"
    ),
    "type called": "type(x).y = z\ntype(x).y.z = w\ntype(x)\ntype = 1\nprint\nprint(x)\n",
    "comments inside": (
        "f(  # one\n    a,  # two\n    # three\n    b=c  # four\n)\n"
        "x = [  # five\n    a\n    .b # six\n]\na = b \\\n    .c\n"
    ),
    "form feed and tabs": "\fif a:\n\tb\n\tif c:\n\t\td\n\f\ndef e():\n\treturn\tf\n",
    "non-ASCII": "é = 'ü' + ñ.ß(ç='日本')  # ö\nx = ('日', y)\nf'日{z}'\nﬁ = 1\n'''日\n本''' + w\n",
    "line ends": "a = 'x'\r\nif a:\r\n    b = '''c\r\nd'''\r\n\r\ne\r\n",
    "no line end": "if a:\n    b",
    "empty": "",
    "comment only": "# nothing\n",
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_constructs(name: str):
    assert_same(EXAMPLES[name])


NAMES = st.sampled_from(["a", "b", "self", "é", "print", "type", "match", "x1"])
LITERALS = st.sampled_from(["1", "2.5", "'s'", "'日'", "b'x'", "None", "True", "...", "'a' 'b'"])


def _extended(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    one, two, three = st.tuples(inner), st.tuples(inner, inner), st.tuples(inner, inner, inner)
    formats = [
        (one, "({})"), (one, "{}.attr"), (one, "f({})"), (one, "[{}]"), (one, "({},)"), (one, "-{}"), (one, "(not {})"),
        (one, "(await {})"), (one, "f(*{})"), (one, "{{{}}}"), (one, "(lambda x, *y: {})"), (one, "(yield {})"),
        (one, "f'<{{({})}}>'"), (one, "{}[:]"),
        (two, "f({}, k={})"), (two, "({} + {})"), (two, "({} and {})"), (two, "({} not in {})"), (two, "{}[{}]"),
        (two, "{{{}: {}}}"), (two, "[{} for v in {}]"), (two, "{{**{}, 'k': {}}}"), (two, "(w := ({}, {}))"),
        (two, "f({} for v in {})"), (two, "(lambda p=({}): {})"),
        (three, "({} if {} else {})"), (three, "({} < {} is not {})"), (three, "({} or {} or {})"),
        (three, "{}[{}:{}]"), (three, "{{{}: {} for v in {}}}"),
    ]  # fmt: skip
    return st.one_of([parts.map(lambda found, text=text: text.format(*found)) for parts, text in formats])


PRIMARY = NAMES | LITERALS.map(lambda text: f"({text})")
EXPRESSIONS = st.recursive(PRIMARY, _extended, max_leaves=8)
SIMPLE = [
    "{}", "x = {}", "x, *y = {}", "x.y[0] = {}", "x: t = {}", "x += {}", "return {}", "raise {}", "assert {}",
    "del x[{}]", "pass", "import a.b as c", "from ..a import b", "yield {}", "global g",
]  # fmt: skip
# the grammar reads ``match (a).b:`` as an annotation
HEADERS = [
    "if {}:", "while {}:", "for v, w in {}:", "with {} as v, u:", "def f(p, *q, r={}, **s):", "@{}\nclass C(B):",
    "async def f():", "try:", "match a, {}:",
]  # fmt: skip


@st.composite
def blocks(draw: st.DrawFn, depth: int = 2) -> list[str]:
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        if depth and draw(st.booleans()):
            header = draw(st.sampled_from(HEADERS))
            inner = [f"    {line}" for line in draw(blocks(depth - 1))]
            if header.startswith("match"):
                inner = ["    case [1, y]:", *(f"    {line}" for line in inner)]
            lines += header.format(draw(EXPRESSIONS)).split("\n")
            lines += inner
            lines += ["except E as e:", *inner, "finally:", "    pass"] if header == "try:" else []
        else:
            lines.append(draw(st.sampled_from(SIMPLE)).format(draw(EXPRESSIONS)))
    return lines


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(blocks(), st.sampled_from(["\n", "\r\n"]))
def test_random_programs(lines: list[str], end: str):
    text = end.join(lines) + end
    try:
        compile(text, "random", "exec", flags=0x400, dont_inherit=True)  # PyCF_ONLY_AST
    except SyntaxError:
        return
    assert_same(text)
