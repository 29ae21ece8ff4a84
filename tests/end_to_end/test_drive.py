"""The way through everything, as ``drive.py`` goes it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.tools import without

DRIVE = Path(__file__).parent / "drive.py"
MODULES = ("flake8", "jsonschema", "junitparser", "playwright", "pre_commit")
PROGRAMS = ("git", "/usr/bin/chromium")


def test_everything_works_together(tmp_path: Path):
    missing = [name for name in MODULES if importlib.util.find_spec(name) is None]
    missing += [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        without(f"not installed: {', '.join(missing)}")
    done = subprocess.run(
        [sys.executable, str(DRIVE), "--quick", "--keep", str(tmp_path / "drive")],
        capture_output=True, text=True, timeout=1200, check=False, env={**os.environ, "PYTHONPATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("\nAll is as it should be.\n")
    assert "saw: shop/stock.py:79: FEN202, and nothing else" in done.stdout
