"""What ``fenceline.verification`` finds wrong with model files, by libraries that are made up."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fenceline.analyzer.models import model_files
from fenceline.inventory import Inventory
from fenceline.verification import Installation, InterpreterError, Verdict

LIBRARY = """
import sys
print("noise")
sys.stderr.write("noise")

class Client:
    def __init__(self, url, timeout=None): ...
    def take(self, sku, n=1): ...
    @classmethod
    def of(cls, sku): ...
    @staticmethod
    def plain(sku): ...
    def wrapped(self, *args, **kwargs): ...

class Gone(Exception): ...

def notify(sku, *, urgent=False): ...
def job(function=None, *, every=1): ...
default = Client("x")
"""

EVIDENCE = '[[evidence]]\npackage = "stockroom"\nversion = ">=2.1"\n'

Verify = Callable[..., Verdict]


@pytest.fixture
def verify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Verify:
    """The verdict on a library that a model file speaks of; ``modules`` are what is installed of it."""

    def run(
        model: str,
        modules: dict[str, str] | None = None,
        *,
        library: str = "stockroom",
        version: str = "2.3",
        requires: str = "",
        seconds: float = 60,
        project: Path | None = None,
    ) -> Verdict:
        place = tmp_path / "installed"
        for name, text in ({"stockroom.py": LIBRARY} if modules is None else modules).items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        if version:
            metadata = place / f"{library}-{version}.dist-info" / "METADATA"
            metadata.parent.mkdir(parents=True, exist_ok=True)
            needs = f"Requires-Dist: {requires}\n" if requires else ""
            metadata.write_text(f"Metadata-Version: 2.1\nName: {library}\nVersion: {version}\n{needs}")
        monkeypatch.setenv("PYTHONPATH", str(place))
        own = tmp_path / "own.toml"
        own.write_text(model, encoding="utf-8")
        inventory = Inventory(model_files([own]))
        return Installation(inventory, sys.executable, project, seconds).verdict(library)

    return run


def texts(verdict: Verdict) -> list[str]:
    return [f"{Path(one.file).name}: {one.entry}: {one.text}" for one in verdict.problems]


ALL_TRUE = """
[[type]]
id = "stockroom.client"
names = ["stockroom.Client"]
params = ["url", "timeout"]
[type.methods]
take = { op = "none", params = ["sku", "n"] }
of = { op = "none", params = ["sku"] }
plain = { op = "none", params = ["sku"] }
wrapped = { op = "none", params = ["anything"] }
hidden = { op = "none", of = "stockroom.Client.take" , params = ["sku"] }
"*" = { op = "none" }

[[function]]
name = "stockroom.notify"
op = "send"
params = ["sku", "urgent"]

[[object]]
name = "stockroom.default"
type = "stockroom.client"

[[entry]]
kind = "call"
what = "job"
names = ["stockroom.job"]
callback = "function"

[raises]
absent = ["stockroom.Gone"]
absent_attributes = ["DoesNotExist"]

[values]
pure = ["stockroom.notify", "print"]

[[unheard_of]]
names = ["stockroom.Nothing"]
"""


def test_what_is_true(verify: Verify):
    model = ALL_TRUE.replace('hidden = { op = "none", of = "stockroom.Client.take" , params = ["sku"] }\n', "")
    verdict = verify(EVIDENCE + model)
    assert texts(verdict) == []
    assert verdict.is_complete
    assert (verdict.version, verdict.checked) == ("2.3", 9)


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        ('[[function]]\nname = "stockroom.notice"\nop = "none"', "stockroom.notice: stockroom.notice does not exist"),
        ('[[type]]\nid = "t"\nnames = ["stockroom.Clint"]', "t: stockroom.Clint does not exist"),
        ('[[type]]\nid = "t"\nmakers = ["stockroom.connect"]', "t: stockroom.connect does not exist"),
        ('[[type]]\nid = "t"\nnames = ["stockroom.Client"]\nparams = ["uri"]', "has no parameter 'uri'"),
        ('[[object]]\nname = "stockroom.other"\ntype = "t"\n[[type]]\nid = "t"', "stockroom.other does not exist"),
        ('[[entry]]\nkind = "decorator"\nwhat = "task"\nnames = ["stockroom.task"]', "stockroom.task does not exist"),
        (
            '[[entry]]\nkind = "call"\nwhat = "task"\nnames = ["stockroom.job"]\ncallback = "func"',
            "stockroom.job: stockroom.job(function, every) has no parameter 'func'",
        ),
        (
            '[[entry]]\nkind = "decorator"\nwhat = "task"\nnames = ["stockroom.job"]\nparams = ["often"]',
            "has no parameter 'often'",
        ),
        ('[[field]]\nnames = ["stockroom.Field"]', "stockroom.Field does not exist"),
        ('[model_bases]\n"stockroom.Model" = "django"', "[model_bases]: stockroom.Model does not exist"),
        ('[raises]\nabsent = ["stockroom.Missing"]', "[raises]: stockroom.Missing does not exist"),
        ('[values]\npure = ["stockroom.price"]', "[values]: stockroom.price does not exist"),
        (
            '[[function]]\nname = "stockroom.notify"\nop = "none"\nparams = ["skew"]',
            "stockroom.notify(sku, urgent) has no parameter 'skew'",
        ),
    ],
)
def test_what_is_missing(verify: Verify, model: str, problem: str):
    (found,) = texts(verify(EVIDENCE + model))
    assert found.startswith("own.toml: ")
    assert problem in found


@pytest.mark.parametrize(
    ("method", "problem"),
    [
        ('give = { op = "none" }', "stockroom.Client.give does not exist"),
        ('take = { op = "none", aliases = ["grab"] }', "stockroom.Client.grab does not exist"),
        ('take = { op = "none", params = ["n", "sku"] }', "take(sku, n) has 'sku' before 'n', not after it"),
        ('of = { op = "none", params = ["cls"] }', "stockroom.Client.of(sku) has no parameter 'cls'"),
        ('give = { op = "none", of = "stockroom.Gone" }', "stockroom.Gone.give does not exist"),
    ],
)
def test_methods(verify: Verify, method: str, problem: str):
    (found,) = texts(verify(f'{EVIDENCE}[[type]]\nid = "t"\nnames = ["stockroom.Client"]\n[type.methods]\n{method}'))
    assert found.startswith("own.toml: t: stockroom.")
    assert problem in found


def test_a_missing_class_is_said_once(verify: Verify):
    model = '[[type]]\nid = "t"\nnames = ["stockroom.Clint"]\n[type.methods]\ntake = { op = "none" }'
    assert len(texts(verify(EVIDENCE + model))) == 1


def test_parameters_of_older_versions(verify: Verify):
    model = '[[function]]\nname = "stockroom.notify"\nop = "none"\nparams = ["who", "sku"]\n'
    assert len(texts(verify(EVIDENCE + model))) == 1
    assert texts(verify(EVIDENCE + model + 'formerly = ["who"]')) == []


def test_class_attributes_of_a_base(verify: Verify):
    model = '[[entry]]\nkind = "base"\nwhat = "task"\nnames = ["stockroom.Client"]\nparams = ["take", "late"]\n'
    (found,) = texts(verify(EVIDENCE + model))
    assert "stockroom.Client.late does not exist" in found
    assert texts(verify(EVIDENCE + model + 'undeclared = ["late"]')) == []


def test_library_that_cannot_be_imported_says_its_evidence(verify: Verify):
    model = '[[function]]\nname = "stockroom.notice"\nop = "none"'
    verdict = verify(EVIDENCE + "importable = false\n" + model)
    assert (texts(verdict), verdict.checked, verdict.is_complete) == ([], 0, False)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("raise SystemExit('bye')", "stockroom.notify cannot be imported: SystemExit: bye"),
        ("raise ValueError('no\\nway')", "stockroom.notify cannot be imported: ValueError: no way"),
        ("import os; os._exit(3)", "stockroom.notify: the interpreter ended with 3"),
        ("while True: pass", "stockroom.notify: took longer than 3 seconds"),
        ("import os\nos.no_such_thing", "stockroom.notify cannot be imported: ImportError: AttributeError"),
        ("syntax error", "stockroom.notify cannot be imported: SyntaxError"),
    ],
)
def test_libraries_that_cannot_be_imported(verify: Verify, source: str, problem: str):
    model = '[[function]]\nname = "stockroom.notify"\nop = "none"'
    (found,) = texts(verify(EVIDENCE + model, {"stockroom.py": source}, seconds=3 if "while" in source else 60))
    assert problem in found


def test_threads_that_a_library_starts_are_not_waited_for(verify: Verify):
    thread = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\ndef notify(): ..."
    model = '[[function]]\nname = "stockroom.notify"\nop = "none"'
    verdict = verify(EVIDENCE + model, {"stockroom.py": thread}, seconds=50)
    assert verdict.is_complete


def test_what_needs_another_library_is_no_problem(verify: Verify):
    modules = {"stockroom/__init__.py": "", "stockroom/web.py": "import no_such_thing"}
    verdict = verify(f'{EVIDENCE}[[function]]\nname = "stockroom.web.notify"\nop = "none"', modules)
    assert texts(verdict) == []
    assert verdict.unchecked == ["1 name needs no_such_thing, which is not installed"]
    assert not verdict.is_complete


@pytest.mark.parametrize(("version", "is_inside"), [("2.1", True), ("2.10", True), ("3.0rc1", True), ("2.0", False)])
def test_installed_version(verify: Verify, version: str, is_inside: bool):
    found = texts(verify(f'{EVIDENCE}[[function]]\nname = "stockroom.notify"\nop = "none"', version=version))
    outside = f"own.toml: [[evidence]]: the facts are from stockroom >=2.1, and {version} is installed"
    assert found == ([] if is_inside else [outside])


def test_version_that_is_no_range(verify: Verify):
    model = '[[evidence]]\npackage = "stockroom"\nversion = "2.1"\n[[function]]\nname = "stockroom.notify"\nop = "none"'
    (found,) = texts(verify(model))
    assert "version = '2.1' is no range" in found


def test_facts_of_another_major_version_are_left_alone(verify: Verify):
    later = '[[evidence]]\npackage = "stockroom"\nversion = ">=4"\nmodules = ["stockroom.later"]\n'
    names = ("stockroom.notify", "stockroom.later.tell")
    model = "".join(f'[[function]]\nname = "{name}"\nop = "none"\n' for name in names)
    verdict = verify(EVIDENCE + later + model)
    assert texts(verdict) == []
    assert verdict.is_complete
    assert [Path(text).name for text in verdict.notes] == ["own.toml is about stockroom >=4"]


def test_library_that_is_not_installed(verify: Verify):
    verdict = verify(f'{EVIDENCE}[[function]]\nname = "stockroom.notify"\nop = "none"', {}, version="")
    assert verdict.version is None
    assert texts(verdict) == []
    assert not verdict.is_complete


def test_modules_of_a_distribution_with_another_name(verify: Verify):
    verdict = verify(f'{EVIDENCE}[[function]]\nname = "stockroom.notify"\nop = "none"', version="")
    assert (verdict.version, verdict.checked, texts(verdict)) == ("", 1, [])


def test_modules_of_the_project_are_not_imported(verify: Verify, tmp_path: Path):
    project = tmp_path / "installed"
    trap = f"import pathlib\npathlib.Path({str(tmp_path / 'trace')!r}).touch()\ndef notify(): ..."
    model = '[[function]]\nname = "stockroom.notify"\nop = "none"'
    verdict = verify(EVIDENCE + model, {"stockroom.py": trap}, version="", project=project)
    assert verdict.unchecked == ["it is of this project, which is not imported"]
    verdict = verify(EVIDENCE + model, {"stockroom.py": trap}, version="2.2", project=project)
    assert verdict.unchecked == ["1 name of this project, which is not imported"]
    assert not (tmp_path / "trace").exists()
    installed = {"site-packages/stockroom.py": trap}
    assert verify(EVIDENCE + model, installed, project=tmp_path).checked == 0


def test_packages_that_are_installed_below_the_project_are_imported(
    verify: Verify, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    place = tmp_path / ".venv" / "site-packages"
    place.mkdir(parents=True)
    (place / "shelf.py").write_text("def notify(): ...")
    model = '[[function]]\nname = "shelf.notify"\nop = "none"'
    own = tmp_path / "own.toml"
    own.write_text(model)
    monkeypatch.setenv("PYTHONPATH", str(place))
    verdict = Installation(Inventory(model_files([own])), sys.executable, tmp_path).verdict("shelf")
    assert (verdict.checked, texts(verdict)) == (1, [])


def test_django_is_configured_for_apps(verify: Verify):
    pytest.importorskip("django")
    models = "from django.db import models\nclass Shelf(models.Model): ..."
    modules = {"stockroom/__init__.py": "", "stockroom/models.py": models}
    model = '[[type]]\nid = "t"\nnames = ["stockroom.models.Shelf"]\n'
    assert texts(verify(EVIDENCE + model, modules, requires="Django>=4")) == []
    (found,) = texts(verify(EVIDENCE + model, modules))
    assert "settings are not configured" in found


def test_settings_of_django_that_a_library_needs(verify: Verify):
    pytest.importorskip("django")
    modules = {"stockroom.py": "from django.conf import settings\nsettings.STOCK['a']\ndef notify(): ..."}
    evidence = EVIDENCE + "django_settings = { STOCK = { a = 1 } }\n"
    assert texts(verify(f'{evidence}[[function]]\nname = "stockroom.notify"\nop = "none"', modules)) == []


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        (
            '[[function]]\nname = "stockroom.notify"\nop = "kv.read"\nparams = []\nkey = "sku"',
            "key = 'sku' is no parameter of ()",
        ),
        (
            '[[function]]\nname = "stockroom.notify"\nop = "none"\nparams = []\ncases = [{ when = { n = "absent" } }]',
            "when 'n': no such parameter of ()",
        ),
        ('[[function]]\nname = "stockroom.notify"\nop = "none"\nresult = "<no.such>"', "there is no type 'no.such'"),
        ('[[type]]\nid = "stockroom.t"\nextends = ["no.such"]', "there is no type 'no.such'"),
    ],
)
def test_contradictions(verify: Verify, model: str, problem: str):
    (found,) = texts(verify(EVIDENCE + model))
    assert problem in found


def test_evidence_that_nothing_is_said_of(verify: Verify):
    (found,) = texts(verify(EVIDENCE))
    assert "nothing is said of it" in found


def test_no_such_interpreter(tmp_path: Path):
    with pytest.raises(InterpreterError, match="cannot be run"):
        Installation(Inventory(model_files()), str(tmp_path / "python"))


def test_types_without_names_need_no_library(verify: Verify):
    verdict = verify('[[type]]\nid = "stockroom.shelf"\n[type.methods]\nput = { op = "none" }', {}, version="")
    assert (verdict.is_complete, verdict.checked, texts(verdict)) == (True, 0, [])
