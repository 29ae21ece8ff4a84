"""The example that ``docs/architecture.md`` carries through the stages is what the program says of it."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from fenceline.cli import cli

DOCUMENT = Path(__file__).parents[2] / "docs" / "architecture.md"


def test_the_example_is_what_is_printed(tmp_path: Path):
    text = DOCUMENT.read_text("utf-8")
    files = re.findall(r"```python\n(# (\S+)\n.*?)```", text, re.DOTALL)
    assert [name for _, name in files] == ["shop/stock.py", "shop/views.py"]
    (tmp_path / "shop").mkdir()
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "shop" / "__init__.py").touch()
    for source, name in files:
        (tmp_path / name).write_text(source, "utf-8")
    result = CliRunner().invoke(cli, ["check", str(tmp_path), "--exit-zero"])
    printed = [line.rstrip() for line in result.stdout.split("\n\n")[0].splitlines()]
    shown = next(one for one in re.findall(r"```text\n(.*?)```", text, re.DOTALL) if "FEN201" in one)
    assert printed == shown.rstrip("\n").splitlines()
