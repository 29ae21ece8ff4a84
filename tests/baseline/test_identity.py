"""What a finding is known by: it stays through moving, reformatting and renaming around it, and differs for another."""

from __future__ import annotations

import ast
import functools
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fenceline.analyzer.finding import Confidence, Finding
from fenceline.config import Config
from fenceline.demonstration import findings_in
from fenceline.engine import check
from fenceline.rules import all_rules

RULES = [rule for rule in all_rules() if rule.query is not None]
PROGRAMS = {
    f"{rule.code} {n}": (rule.code, example.bad)
    for rule in RULES
    for n, example in enumerate(rule.examples)
    if example.bad is not None
}
UNRELATED = """
def unrelated(numbers: list[int]) -> int:
    total = 0
    for number in numbers:
        total += number
    return total


class Unrelated:
    limit = 3

    def reserve(self, name: str) -> str:
        return name.upper()
"""


def found(code: str, rule: str) -> tuple[Finding, ...]:
    return findings_in(code, besides=(rule,))


@functools.cache
def of_program(name: str) -> tuple[Finding, ...]:
    rule, code = PROGRAMS[name]
    return found(code, rule)


def identities(findings: tuple[Finding, ...]) -> Counter[tuple[str, str | None, str]]:
    return Counter((one.rule, one.function, one.fingerprint) for one in findings)


def wordings(findings: tuple[Finding, ...]) -> Counter[tuple[str, str | None, str]]:
    return Counter((one.rule, one.function, one.wording) for one in findings)


# ------------------------------------------------------------------------------------------------- what it survives


@st.composite
def formats(draw: st.DrawFn) -> dict[str, str]:
    return {
        "line-length": draw(st.sampled_from(["20", "60", "88", "200"])),
        "indent-width": draw(st.sampled_from(["2", "4", "8"])),
        "format.quote-style": draw(st.sampled_from(['"single"', '"double"'])),
        "format.indent-style": draw(st.sampled_from(['"space"', '"tab"'])),
        "format.skip-magic-trailing-comma": draw(st.sampled_from(["true", "false"])),
        "format.preview": draw(st.sampled_from(["true", "false"])),
    }


def formatted(code: str, how: dict[str, str]) -> str:
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or "ruff"
    options = [part for key, value in how.items() for part in ("--config", f"{key} = {value}")]
    done = subprocess.run(
        [ruff, "format", "--isolated", *options, "-"],
        input=code,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(sorted(PROGRAMS)), how=formats())
def test_formatting_changes_nothing(name, how):
    rule, code = PROGRAMS[name]
    after = found(formatted(code, how), rule)
    assert identities(after) == identities(of_program(name))
    assert wordings(after) == wordings(of_program(name))


@settings(max_examples=15, deadline=None)
@given(name=st.sampled_from(sorted(PROGRAMS)))
def test_neither_comments_nor_parentheses_nor_quotes_matter(name):
    rule, code = PROGRAMS[name]
    assert identities(found(ast.unparse(ast.parse(code)), rule)) == identities(of_program(name))


@settings(max_examples=20, deadline=None)
@given(name=st.sampled_from(sorted(PROGRAMS)), data=st.data())
def test_moved_functions_and_new_neighbours_change_nothing(name, data):
    rule, code = PROGRAMS[name]
    parts = re.split(r"\n\n\n(?=def |class |async def |@)", code)
    places = data.draw(st.lists(st.integers(1, len(parts)), min_size=1, max_size=3))
    for n, place in enumerate(sorted(places, reverse=True)):
        more = UNRELATED.replace("nrelated", f"nrelated{n}").strip("\n")
        parts.insert(place, f"# a comment\n\n{more}")
    after = found("\n\n\n".join(parts) + "\n", rule)
    assert identities(after) == identities(of_program(name))
    assert wordings(after) == wordings(of_program(name))


PAGE = """import redis

client = redis.Redis()


def visit(page):
    seen = int(client.get(f"visits:{page}") or 0)
    client.set(f"visits:{page}", seen + 1)


def forget(page):
    client.delete(f"visits:{page}")
"""


def one_of(code: str) -> Finding:
    (finding,) = findings_in(code)
    return finding


@pytest.mark.parametrize(
    "changed",
    [
        PAGE.replace("forget", "drop"),
        PAGE.replace("import redis", "import redis as store").replace("redis.Redis", "store.Redis"),
        PAGE.replace("client", "connection"),
        PAGE.replace("seen", "before"),
        PAGE.replace("int(client.get", "int(client.get").replace(" or 0", " or '0'"),
        PAGE.replace("    seen = ", "    assert page  # never empty\n    seen = "),
        PAGE.replace("def visit(page):", 'def visit(page, /, *, loud=False) -> None:\n    """Count."""'),
    ],
    ids=["function", "import", "global", "variable", "edited", "statement", "signature"],
)
def test_what_is_renamed_or_edited_around_it_does_not_matter(changed):
    assert changed != PAGE
    assert one_of(changed).fingerprint == one_of(PAGE).fingerprint


# ------------------------------------------------------------------------------------------------ what makes another


@pytest.mark.parametrize(
    "changed",
    [
        PAGE.replace("def visit", "def view"),
        PAGE.replace("visits:", "views:"),
        PAGE.replace(
            '    client.set(f"visits:{page}", seen + 1)', '    if seen < 9:\n        client.incr(f"visits:{page}")'
        ),
    ],
    ids=["function", "key", "rule"],
)
def test_another_function_key_or_rule_is_another_finding(changed):
    assert one_of(changed).fingerprint != one_of(PAGE).fingerprint


def test_a_method_is_not_the_function_of_its_name():
    method = PAGE.replace("def visit(page):", "class Page:\n  def visit(self, page):")
    assert one_of(method).fingerprint != one_of(PAGE).fingerprint


def test_equal_findings_of_one_function_are_told_apart_by_their_code():
    again = '    seen = int(client.get(f"visits:{page}") or 0)\n    client.set(f"visits:{page}", seen + 2)\n'
    one, two = findings_in(PAGE.replace("\n\n\ndef forget", f"\n{again}\n\ndef forget"))
    assert one.identity == two.identity == one_of(PAGE).fingerprint
    assert one.fingerprint != two.fingerprint
    assert one.wording != two.wording


# --------------------------------------------------------------------------- what of the run does not matter to it


def project(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


HELPER = """import redis

client = redis.Redis()


def remember(key, compute):
    value = client.get(key)
    if value is None:
        value = compute()
        client.set(key, value)
    return value


def add(name, amount):
    balance = int(client.get(f"balance:{name}") or 0)
    client.set(f"balance:{name}", balance + amount)
"""
CALLERS = {
    f"shop/{name}.py": f"""from celery import shared_task

from shop.helper import add, remember


@shared_task
def {name}(customer):
    add(customer.pk, 1)
    remember(f"{name}:{{customer.pk}}", lambda: customer.orders.count())
"""
    for name in ("mail", "invoice")
}
FILES = {"shop/__init__.py": "", "shop/helper.py": HELPER, **CALLERS}


def places(root: Path, paths: list[str], jobs: int = 1) -> dict[tuple[str, str, int], str]:
    config = Config(jobs=jobs, min_confidence=Confidence.LOW)
    findings = check([root / path for path in paths], config, root).findings
    return {(one.rule, one.path, one.line): one.fingerprint for one in findings}


def test_neither_the_directory_nor_the_jobs_nor_the_other_files_matter(tmp_path):
    here, there = (project(tmp_path / name, FILES) for name in ("here", "elsewhere/deep"))
    whole = places(here, ["."])
    assert whole
    assert places(there, ["."]) == whole
    assert places(here, ["."], jobs=2) == whole
    for path in FILES:
        alone = places(here, [path])
        assert alone.items() <= whole.items()


def test_a_renamed_file_keeps_its_findings(tmp_path):
    old = places(project(tmp_path / "old", {"shop/page.py": PAGE}), ["."])
    new = places(project(tmp_path / "new", {"web/visits.py": PAGE}), ["."])
    assert list(old.values()) == list(new.values())


def test_a_broken_file_is_known_by_what_is_broken(tmp_path):
    broken = "def visit(page:\n    return page\n"
    for name in ("one", "two"):
        project(tmp_path / name, {f"{name}.py": "\n" * len(name) + broken})
    one, two = (check([tmp_path / name], Config(), tmp_path / name).findings for name in ("one", "two"))
    assert one
    assert [each.fingerprint for each in one] == [each.fingerprint for each in two]
