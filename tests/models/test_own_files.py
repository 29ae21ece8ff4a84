"""Model files of a project and of installed packages, from the settings to a finding."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import fenceline
from fenceline.analyzer.models import ModelError
from fenceline.installed import installed_models

ROOT = Path(fenceline.__file__).parent.parent

MODEL = """
tokens = ["stockroom"]

[[type]]
id = "stockroom.client"
names = ["stockroom.Client"]
makers = ["stockroom.connect"]
extends = ["redis.client"]

[type.methods]
peek = { op = "kv.read", params = ["sku"], key = "sku" }
put = { op = "kv.write", params = ["sku", "n"], key = "sku", value = "n" }
"""
SHOP = """
import stockroom

store = stockroom.connect()


def sell(sku):
    left = store.peek(sku)
    store.put(sku, left - 1)
"""


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fenceline", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(SHOP)
    (tmp_path / "pyproject.toml").write_text('[tool.fenceline]\nmodels = ["known/stockroom.toml"]\n')
    (tmp_path / "known").mkdir()
    (tmp_path / "known" / "stockroom.toml").write_text(MODEL)
    return tmp_path


def test_a_wrapper_of_a_project_is_known(shop: Path):
    told = run(shop, "check", "shop.py")
    assert "shop.py:8:" in told.stdout
    assert "FEN202" in told.stdout
    assert "stockroom" in run(shop, "models").stdout


def test_without_the_file_nothing_is_known(shop: Path):
    (shop / "pyproject.toml").write_text("[tool.fenceline]\n")
    assert "FEN202" not in run(shop, "check", "shop.py").stdout


def test_a_wrong_word_ends_the_run_with_its_place(shop: Path):
    (shop / "known" / "stockroom.toml").write_text(MODEL.replace("kv.read", "kv.raed"))
    for arguments in (("check", "shop.py"), ("models",)):
        told = run(shop, *arguments)
        assert told.returncode == 2
        assert "stockroom.toml:11: stockroom.client: peek: no such operation: 'kv.raed'" in " ".join(
            told.stderr.split()
        )
        assert "did you mean 'kv.read'?" in " ".join(told.stderr.split())


def test_a_missing_file_ends_the_run_where_there_is_nothing_to_examine_too(shop: Path):
    (shop / "shop.py").unlink()
    (shop / "known" / "stockroom.toml").unlink()
    for _ in ("cold", "warm"):
        told = run(shop, "check")
        assert told.returncode == 2
        assert "stockroom.toml: cannot be read" in " ".join(told.stderr.split())


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with an installed package that brings a model file; importing the package would fail."""
    folder = tmp_path / "site"
    (folder / "stockroom").mkdir(parents=True)
    (folder / "stockroom" / "__init__.py").write_text("raise RuntimeError\n")
    (folder / "stockroom" / "fenceline.toml").write_text(MODEL)
    (folder / "stockroom-2.1.dist-info").mkdir()
    (folder / "stockroom-2.1.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: stockroom\nVersion: 2.1\n"
    )
    named = "[fenceline.models]\nstockroom = stockroom:fenceline.toml\n"
    (folder / "stockroom-2.1.dist-info" / "entry_points.txt").write_text(named)
    monkeypatch.syspath_prepend(str(folder))
    return folder


def test_an_installed_package_brings_its_file(site: Path):
    assert installed_models() == (site / "stockroom" / "fenceline.toml",)


def test_what_an_installed_package_brings_is_known(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "shop.py").write_text(SHOP)
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{site}")
    assert "FEN202" in run(tmp_path / "shop", "check", "shop.py").stdout
    assert "stockroom" in run(tmp_path / "shop", "models").stdout


def test_a_file_that_is_not_there_is_an_error(site: Path):
    (site / "stockroom" / "fenceline.toml").unlink()
    with pytest.raises(ModelError, match=r"'stockroom' of the group fenceline\.models: no such file"):
        installed_models()
