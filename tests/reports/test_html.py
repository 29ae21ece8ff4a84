"""The page as text: what is in it, and that nothing of a project becomes markup."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from fenceline.analyzer.finding import Confidence, Edit, Fix, Hop, Place, Reached
from fenceline.analyzer.ir import TraceStep
from fenceline.baseline import Applied, Entry
from fenceline.cli import cli
from fenceline.report.document import RunError, Suppressed
from fenceline.report.html import render
from tests.reports.made_reports import FIX, RACE, finding, many, project, report

HOSTILE = [
    "</script><script>window.hit=1</script>",
    '"><img src=x onerror="window.hit=1">',
    "'><svg onload=alert(1)>",
    "{{7*7}}{% raw %}${7*7}",
    "</style><style>*{display:none}</style>",
    "<!--", "-->", "]]>", "&lt;b&gt;", "</title></textarea></noscript><b>",
    "javascript:alert(1)",
    "line\u2028separator\u2029paragraph",
    "right\u202eleft\u2066isolate",
    "nul\0 bell\a escape\x1b[31m",
    "lone \ud800 surrogate",
    "https://evil.example/\" onmouseover=alert(1) x=\"",
]  # fmt: skip


class Page(HTMLParser):
    """Counts the elements and gathers the attributes and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.raw: dict[str, str] = {}
        self._within = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._within = tag if tag in {"script", "style"} else ""

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser calls it so
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within:
            self.raw[self._within] = self.raw.get(self._within, "") + data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def page(root: Path) -> Page:
    return Page(render(report([finding(fix=FIX)], root)))


def test_a_finding_tells_all_that_is_known_of_it(page: Page):
    for said in (
        "stock:{sku} is read (GET), tested and then changed (DECRBY) by separate commands",
        "shop/stock.py:9:12",
        "line 9 in reserve",
        "POST /reserve/",
        "reserve_view shop/views.py:20",
        "and 2 more ways",
        "two runs run reserve(sku, quantity) at once",
        "decided on v0, which B has replaced",
        "no serial order of the two runs ends like this",
        "changed here",
        "high confidence",
        "Test and change in one script",
        "verified in 55 states",
        "a stock that is no number is now an error",
        "run the migration first",
        "fenceline fix --select FEN201 --unsafe-fixes --diff",
        "What it claims",
        "Both runs pass the test on the same value",
    ):
        assert said in page.text


def test_steps_are_a_list_in_the_order_of_time(page: Page):
    order = [page.text.index(said) for said in ("replica A, line 9", "replica B, line 9", "replica B, line 12")]
    assert order == sorted(order)


def test_the_diff_has_what_goes_and_what_comes(root: Path):
    text = render(report([finding(fix=FIX)], root))
    assert '<tr class="del"><td>9</td><td></td><td>-</td>' in text
    assert (
        '<tr class="add"><td></td><td>9</td><td>+</td><td><code>    left = take(f&#34;stock:{sku}&#34;)  # how' in text
    )
    assert '<tr class="del"><td>12</td><td></td><td>-</td>' in text
    assert "<tr><td>13</td><td>12</td><td> </td><td><code>    return True</code>" in text


def test_the_code_has_its_numbers_colours_and_marks(root: Path):
    text = render(report([finding()], root))
    assert '<tr class="primary"><td>9</td><td><code>    left = int(client.get(<i class="s">f&#34;stock' in text
    assert '<i class="c"># how many are there</i>' in text
    assert '<tr class="related"><td>12</td>' in text


def test_a_string_over_several_lines_is_coloured_in_each(tmp_path: Path):
    source = 'def f():\n    """One\n    two\n    three"""\n    return None\n'
    made = finding(path="a.py", line=3, end_line=3, trace=(), related=())
    text = render(report([made], project(tmp_path, {"a.py": source})))
    for line in ("&#34;&#34;&#34;One", "    two", "    three&#34;&#34;&#34;"):
        assert f'<i class="s">{line}</i>' in text


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (None, "cannot be read: No such file or directory"),
        ("", "is empty"),
        ("x = 1\n", "has no line 9 any more"),
        ("a\0b", "contains a NUL byte in line 1"),
    ],
)
def test_source_that_is_not_as_it_was_is_said_to_be_so(tmp_path: Path, source: str | None, said: str):
    if source is not None:
        project(tmp_path, {"shop/stock.py": source})
    assert f"The source cannot be shown: {said}" in Page(render(report([finding(fix=FIX)], tmp_path))).text


def test_a_fix_that_no_longer_fits_is_not_shown(tmp_path: Path):
    project(tmp_path, {"shop/stock.py": "x = 1\n" * 10})
    assert "has changed since it was checked" in Page(render(report([finding(fix=FIX)], tmp_path))).text


def test_why_there_is_no_fix_is_said(root: Path):
    text = Page(render(report([finding(unfixed=("count in the store: the key is not known",))], root))).text
    assert "count in the store: the key is not known" in text
    assert "There is no fixer for this." in Page(render(report([finding()], root))).text


def test_what_went_wrong_and_what_is_silent_is_told(root: Path):
    silent = [
        Suppressed(finding(message="one behind a comment"), "comment", "the key has one writer"),
        Suppressed(finding(message="one of old"), "baseline"),
    ]
    errors = [RunError("shop/broken.py", "unreadable", "invalid syntax", 3, 1), RunError("b.py", "internal", "oh")]
    text = Page(render(report([finding()], root, silent, errors))).text
    assert "2 problems kept code from being read" in text
    assert "shop/broken.py:3 invalid syntax" in text
    assert "b.py oh (a fault of Fenceline)" in text
    assert "Suppressed by comments 1 " in text
    assert "one behind a comment" in text
    assert "the key has one writer" in text
    assert "none given" in text


def test_what_was_not_asked_for_is_said(root: Path):
    known = Entry("FEN201", "a.py", None, "old", "ab", (), 3)
    made = report([finding()], root, min_confidence=Confidence.MEDIUM, baseline=Applied((known,), (known,)))
    made = replace(made, summary=replace(made.summary, unchanged=12, skipped={"test": 4}))
    text = Page(render(made)).text
    for said in ("Shown from medium confidence", "Stale in the baseline 3", "not shown 12", "Left out (test) 4"):
        assert said in text


def test_nothing_found_is_a_page_too(root: Path):
    page = Page(render(report([], root)))
    assert "Nothing found in 7 files. That is no proof that there is no hazard." in page.text
    assert page.tags["article"] == 0


def test_a_trace_of_one_and_none_at_all(root: Path):
    alone = [finding(trace=RACE[:1], line=10), finding(trace=(), premise="", consequence="", line=11)]
    page = Page(render(report(alone, root)))
    assert page.tags["article"] == 2
    assert any("lanes one" in value for _, name, value in page.attributes if name == "class")


def test_rules_are_explained_once(root: Path):
    page = Page(render(report([finding(line=n) for n in range(1, 6)], root)))
    assert page.text.count("What it claims") == 1
    assert sum(name == "id" and value == "FEN201" for _, name, value in page.attributes) == 1


def test_findings_with_one_fingerprint_have_two_names(root: Path):
    made = [finding(fingerprint="ab12"), finding(fingerprint="ab12", path="other.py")]
    names = [v for _, n, v in Page(render(report(made, root))).attributes if n == "id" and v.startswith("ab12")]
    assert names == ["ab12", "ab12-2"]


def test_ids_are_used_once_and_links_lead_somewhere(root: Path):
    page = Page(render(many(60, root)))
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    targets = {value[1:] for tag, name, value in page.attributes if tag == "a" and name == "href" and value[:1] == "#"}
    assert targets <= set(ids)


# ------------------------------------------------------------- nothing gets out


def test_the_policy_admits_the_style_and_the_script_of_the_page_alone(page: Page):
    policy = next(value for tag, name, value in page.attributes if tag == "meta" and "default-src" in value)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for part in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.raw[part].encode()).digest()).decode()
        assert f"{part}-src 'sha256-{digest}'" in policy
    assert page.tags["script"] == page.tags["style"] == 1
    assert "</" not in page.raw["script"] + page.raw["style"]


def test_the_page_asks_for_nothing(root: Path):
    page = Page(render(many(80, root)))
    assert {"img", "iframe", "object", "embed", "form", "base", "audio", "video"}.isdisjoint(page.tags)
    names = {name for _, name, _ in page.attributes}
    assert {"style", "src", "srcset", "action", "formaction", "background", "xlink:href"}.isdisjoint(names)
    assert not [name for name in names if name.startswith("on")]
    links = [(tag, value) for tag, name, value in page.attributes if name == "href"]
    assert {tag for tag, _ in links} == {"a", "link"}
    assert all(value.startswith(("#", "https://", "data:image/svg+xml,")) for _, value in links)
    assert not re.search(r"@import|url\(", page.raw["style"])
    assert not re.search(
        r"fetch|XMLHttp|innerHTML|outerHTML|insertAdjacent|document\.write|eval|Function\(", page.raw["script"]
    )


def hostile(text: str, root: Path, name: str) -> str:
    step = TraceStep("A", name, 1, text, text, text, text, text, (("A", text),))
    fix = Fix("x", text, text, (Edit(name, 1, 1, 1, 1, text),), True, 3, (text,), text)
    made = finding(
        path=name,
        line=1,
        end_line=1,
        function=text,
        message=text,
        premise=text,
        consequence=text,
        related=(Place(name, 2, 2, 1, 2, text), Place(text, 2, 2, 1, 2, text)),
        trace=(step, step),
        reached=Reached(text, text, (Hop(text, 1, text),), 0, text, text),
        fix=fix,
        fingerprint=text,
    )
    silent = [Suppressed(made, "comment", text), Suppressed(made, text, text)]
    other = finding(path=name, line=2, end_line=2, unfixed=(text,), trace=(), related=())
    return render(report([made, other], root, silent, [RunError(text, text, text)]))


def file_name(text: str) -> str:
    """The text as a name that a file can have."""
    return text.replace("/", "_").replace("\0", "").replace("\ud800", "\udc80")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_project_becomes_markup(tmp_path: Path, text: str):
    name = file_name(text) + ".py"
    source = f"# {text}\ns = '''{text}'''\nx = 1\n".replace("\0", "").replace("\ud800", "\udc80")
    project(tmp_path, {name: source})
    page = Page(hostile(text, tmp_path, name))
    project(tmp_path, {"harmless.py": "# harmless\ns = '''harmless'''\nx = 1\n"})
    harmless = Page(hostile("harmless", tmp_path, "harmless.py"))
    for tag in ("script", "style", "img", "svg", "a", "article", "title", "button", "link", "meta", "details"):
        assert page.tags[tag] == harmless.tags[tag], tag
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name in {"src", "style"}]
    assert not [value for _, name, value in page.attributes if name == "href" and "script:" in value]
    assert page.raw == harmless.raw


def test_what_does_not_print_is_escaped(tmp_path: Path):
    text = hostile("a\u202eb\u2028c\0d\ud800e\x1bf", project(tmp_path, {"a.py": "x = 1\ny = 2\n"}), "a.py")
    assert "a\\u202eb\\u2028c\\x00d\\ud800e\\x1bf" in text
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u2028\u2029\0\x1b\ud800-\udfff]", text)
    text.encode("utf-8")


# -------------------------------------------------------------- size and time


def test_many_findings_are_rendered_in_a_time_that_grows_with_them(tmp_path: Path):
    began = time.perf_counter()
    text = render(many(3000, tmp_path))
    assert time.perf_counter() - began < 30
    assert len(text) / 3000 < 6000


def test_the_same_report_makes_the_same_page(root: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    made = report([finding(fix=FIX)], root)
    assert render(made) == render(made)
    assert "2023-11-14 22:13" in render(made)


# ---------------------------------------------------------------- the command

RACY = """import redis

client = redis.Redis()


def take(sku):
    if int(client.get(sku)) > 0:
        client.decr(sku)
"""


def test_the_command_writes_a_page_and_ends_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    project(tmp_path, {"app.py": RACY, "pyproject.toml": "[tool.fenceline]\n"})
    monkeypatch.chdir(tmp_path)
    outcome = CliRunner().invoke(cli, ["report"])
    assert outcome.exit_code == 0
    assert outcome.stderr == "fenceline-report.html: 1 finding\n"
    text = Page((tmp_path / "fenceline-report.html").read_text("utf-8")).text
    assert "1 finding in 1 file" in text
    assert "The fix" in text


def test_the_page_can_go_to_standard_output_and_beside_other_formats(tmp_path: Path):
    project(tmp_path, {"app.py": RACY})
    outcome = CliRunner().invoke(cli, ["report", str(tmp_path), "--root", str(tmp_path), "--output", "-"])
    assert outcome.stdout.startswith("<!doctype html>")
    arguments = [
        "check",
        str(tmp_path),
        "--root",
        str(tmp_path),
        "--format",
        "html",
        "--output",
        str(tmp_path / "a.html"),
    ]
    assert CliRunner().invoke(cli, [*arguments, "--format", "text"]).exit_code == 1
    assert "The fix" in (tmp_path / "a.html").read_text("utf-8")


def test_the_help_says_how_it_ends_and_hides_what_has_no_effect():
    text = CliRunner().invoke(cli, ["report", "--help"]).stdout
    assert "0 the page is written, whatever it says" in text
    assert "--exit-zero" not in text
    assert "--fail-on" not in text
    assert "--exit-zero" in CliRunner().invoke(cli, ["check", "--help"]).stdout


def test_a_page_that_cannot_be_written_is_an_error(tmp_path: Path):
    project(tmp_path, {"app.py": RACY})
    outcome = CliRunner().invoke(cli, ["report", str(tmp_path), "--output", str(tmp_path / "none" / "a.html")])
    assert outcome.exit_code == 2
    assert "there is no directory" in outcome.stderr
