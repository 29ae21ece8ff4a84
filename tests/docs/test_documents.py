"""The documentation says what the program does."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from pathlib import Path
from types import ModuleType

import click
import pytest

import fenceline
from fenceline.cli import check, cli
from fenceline.config import FIX_SETTINGS, SETTINGS, Config, Setting, config_from
from fenceline.fixers.settings import FixSettings
from tests.cli.conftest import Run, program

__all__ = ["program"]

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_text_is_what_the_program_says_now(generate: ModuleType):
    documents = generate.documents()
    stale = [str(path.relative_to(ROOT)) for path, text in documents.items() if path.read_text("utf-8") != text]
    assert stale == [], "run python docs/generate.py"
    for folder in ("rules", "libraries"):
        assert set((ROOT / "docs" / folder).iterdir()) <= documents.keys()


def test_the_excerpt_stands_in_the_output_of_the_program(program: Run):
    shown = README.partition("<!-- excerpt: start -->")[2].partition("<!-- excerpt: end -->")[0]
    stories = [one.strip("\n") for one in re.split(r"^…$", shown, flags=re.MULTILINE)][1:-1]
    out = program("check", ROOT / "examples" / "shop").out
    assert stories
    assert [one for one in stories if one not in out] == []


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda one: one.key)
def test_the_default_of_a_setting_is_the_one_that_is_described(setting: Setting):
    value = getattr(Config(), setting.key.replace("-", "_"), None)
    shown = {True: "true", False: "false", (): "[]"}.get(value, f'"{value}"') if setting.key != "fix" else None
    assert value is None or setting.default == f"`{shown}`"


@pytest.mark.parametrize("setting", FIX_SETTINGS, ids=lambda one: one.key)
def test_the_default_of_a_setting_of_fixes_is_the_one_that_is_described(setting: Setting):
    assert setting.default == f"`{json.dumps(getattr(FixSettings(), setting.key.replace('-', '_')))}`"


def test_examples_of_the_configuration_are_valid():
    blocks = [block for text in (README, CONFIGURATION) for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL)]
    assert len(blocks) == 3
    for block in blocks:
        assert config_from(tomllib.loads(block)["tool"]["fenceline"], ROOT / "pyproject.toml") != Config()


def test_every_option_of_check_is_described():
    table = README.partition("| option of `check` | |")[2].partition("\n\n")[0]
    options = {name for one in check.params for name in one.opts if name.startswith("--")} - {"--format"}
    assert set(re.findall(r"--[a-z][a-z-]+", table)) == options


def test_links_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_modules_named_in_the_architecture_exist():
    table = (
        (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("| step |")[2].partition("\n\n")[0]
    )
    package = Path(fenceline.__file__).parent
    for line in table.splitlines()[2:]:
        room = ""
        for name in re.findall(r"`([^`]+)`", line.split("|")[2]):
            room, _, last = name.rpartition("/") if "/" in name else (room, "", name)
            pattern = last if "." in last else f"{last}.py"
            assert list((package / room).glob(pattern)), name


def test_the_change_log_speaks_of_this_version():
    assert f"\n## {fenceline.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_have_one_title(page: Path):
    prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(re.findall(r"^# ", prose, re.MULTILINE)) == 1


def commands_in(page: Path) -> list[str]:
    """The lines of shell blocks, and the code in a line of prose, that run the program."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```(?:sh|bash|console)\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.split("\n")]
    lines += re.findall(r"`(fenceline [^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return [match[0] for line in lines if (match := re.search(r"(?:^|[\s;&])(fenceline [a-z][^#|&;>]*)", line))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_on_pages_have_options_that_there_are(page: Path):
    for text in commands_in(page):
        words = text.split()
        command: click.Command = cli
        while isinstance(command, click.Group) and len(words) > 1 and words[1] in command.commands:
            command = command.commands[words.pop(1)]
        known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
        assert {one.partition("=")[0] for one in words if one.startswith("--")} <= {*known, "--help", "--version"}, text
        assert command is not cli or len(words) == 1 or words[1].startswith("-"), text
