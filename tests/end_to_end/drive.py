"""Everything that a team would do with Fenceline in its first week, done for real, one command after the other.

A git repository is made of the example service, and checked: on the terminal, in every form of report (each read by the
program or library that it is for), as a web page in Chromium, under flake8 and by pre-commit. Then its findings are
written to a baseline, and everything is silent. Then somebody adds a hazard: it is the one new finding everywhere.

    python tests/end_to_end/drive.py [--keep DIRECTORY] [--installed] [--quick]

Each command is printed with what was seen. The exit code is 1 at the first thing that is not as it has to be. Needed
are git, Chromium, and what ``pip install -e .[test]`` brings. Without ``--installed``, the program is that of the
source tree around this file. With ``--quick``, pre-commit runs that program, too, instead of making an environment for
it with pip.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from readers import Found, NotAsItShouldError, Reader, readers_of, told_by_flake8

REPOSITORY = Path(__file__).resolve().parents[2]
SERVICE = REPOSITORY / "examples" / "shop"
HOOKS = REPOSITORY / ".pre-commit-hooks.yaml"
BASELINE = "fenceline-baseline.json"

SETTINGS = f"""
[tool.fenceline]
baseline = "{BASELINE}"
"""
HAZARD = '''

def give_back(sku, quantity):
    """Put back what was not sold."""
    left = int(client.get(f"returned:{sku}") or 0)
    client.set(f"returned:{sku}", left + quantity)
'''
CHANGED = "shop/stock.py"
NEW_RULE = "FEN202"


@dataclass
class Drive:
    """The repository in which all happens, and the commands that are given there."""

    folder: Path
    is_installed: bool = False
    is_quick: bool = False
    steps: int = 0

    @property
    def service(self) -> Path:
        """The work tree."""
        return self.folder / "shop"

    @property
    def reports(self) -> Path:
        """Where reports are written."""
        return self.folder / "reports"

    def step(self, title: str) -> None:
        """A heading."""
        self.steps += 1
        print(f"\n{self.steps}. {title}")

    def saw(self, text: str) -> None:
        """What was seen, once it is as it should be."""
        print(f"   saw: {text}", flush=True)

    def run(self, *command: object, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run a command in the work tree, and look at its exit code."""
        words = [str(one) for one in command]
        print(f"   $ {' '.join(_shown(one) for one in words)}", flush=True)
        if words[0] in {"fenceline", "flake8", "pre-commit"}:
            words[:1] = [sys.executable, "-m", words[0].replace("-", "_")]
        done = subprocess.run(
            words, cwd=self.service, env=self.environment(), capture_output=True, text=True, encoding="utf-8",
            errors="surrogateescape", timeout=900, check=False,
        )  # fmt: skip
        if code is not None and done.returncode != code:
            raise NotAsItShouldError(f"exit code {done.returncode}, not {code}\n{done.stdout}{done.stderr}")
        return done

    def environment(self) -> dict[str, str]:
        """The program that is meant comes first on the path of Python, with its entry points for flake8."""
        own = {
            "GIT_CONFIG_GLOBAL": os.devnull,
            **{f"GIT_{who}_NAME": "Someone" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_EMAIL": "someone@example.com" for who in ("AUTHOR", "COMMITTER")},
            "PRE_COMMIT_HOME": str(self.folder / "pre-commit"),
        }
        if not self.is_installed:
            own["PYTHONPATH"] = os.pathsep.join([str(REPOSITORY), str(self.folder / "plugged-in")])
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "FENCELINE_"))}
        return kept | own


def _shown(word: str) -> str:
    """As it would be typed."""
    return f"'{word}'" if not word or set(word) & set(" ;()'\"") else word


# ---------------------------------------------------------------------------------------------------------- the story


def drive(way: Drive) -> None:
    """The whole way. Raises NotAsItShouldError."""
    way.step("A git repository with the example service")
    make_repository(way)

    way.step("What is there: every form of report says the same")
    old = check_all(way, "before", (), code=1)
    expect_flake8(way, old)
    expect_pre_commit(way, old, "--all-files")
    way.saw(f"{len(old)} findings of {len({one.rule for one in old})} rules, at the same places everywhere")

    way.step("A baseline: from now on everything is silent")
    way.run("fenceline", "check", "--write-baseline", "--quiet")
    way.service.joinpath("pyproject.toml").open("a", encoding="utf-8").write(SETTINGS)
    way.run("git", "add", "--all")
    way.run("git", "commit", "--quiet", "--message", "Write down what is known")
    known = json.loads(way.service.joinpath(BASELINE).read_text("utf-8"))["findings"]
    if sum(one["count"] for one in known) != len(old):
        raise NotAsItShouldError(f"{BASELINE} has {len(known)} entries for {len(old)} findings")
    way.saw(f"{BASELINE} with {len(known)} entries")
    check_all(way, "silent", (), code=0, suppressed=len(old))
    check_all(way, "unchanged", ("--no-baseline", "--diff-base", "HEAD"), code=0)
    expect_flake8(way, [])
    expect_pre_commit(way, [], "--all-files")
    way.saw("nothing, anywhere")

    way.step("Somebody adds a hazard: one new finding, everywhere the same")
    with way.service.joinpath(CHANGED).open("a", encoding="utf-8") as file:
        file.write(HAZARD)
    (new,) = expect_one(check_all(way, "after", (), code=1, suppressed=len(old)))
    expect_same([new], check_all(way, "since", ("--no-baseline", "--diff-base", "HEAD"), code=1), "--diff-base")
    for options in (("--diff-base", "HEAD"), (CHANGED,)):
        told = way.run("fenceline", "check", "--quiet", *options, code=1).stdout
        expect_same([new], told_by_flake8(told), " ".join(options))
    expect_flake8(way, [new])
    way.run("git", "add", CHANGED)
    expect_pre_commit(way, [new])
    way.saw(f"{new}, and nothing else")

    way.step("It is fixed, and only it; then all is silent again")
    expect_fix_of_one(way, new)
    check_all(way, "fixed", (), code=0, suppressed=len(old))
    expect_pre_commit(way, [])
    way.saw("nothing, anywhere")


def make_repository(way: Drive) -> None:
    """The service, committed; for the source tree, its entry points as an installation would tell of them."""
    shutil.copytree(SERVICE, way.service, ignore=shutil.ignore_patterns("__pycache__", ".fenceline_cache"))
    way.reports.mkdir()
    if not way.is_installed:
        tell_entry_points(way.folder / "plugged-in")
    if way.is_quick:
        way.service.joinpath(".pre-commit-config.yaml").write_text(local_hook(), "utf-8")
    way.service.joinpath(".gitignore").write_text("__pycache__/\n.fenceline_cache/\n", "utf-8")
    way.run("git", "init", "--quiet", "--initial-branch=main")
    way.run("git", "add", "--all")
    way.run("git", "commit", "--quiet", "--message", "The shop after its first year")
    files = way.run("git", "ls-files", "*.py").stdout.splitlines()
    if not files:
        raise NotAsItShouldError("no Python file is committed")
    way.saw(f"{len(files)} Python files")


def tell_entry_points(folder: Path) -> None:
    """What an installation tells flake8 of the package."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    told = folder / "fenceline-0.dist-info"
    told.mkdir(parents=True)
    told.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: fenceline\nVersion: 0\n", "utf-8")
    points = project["entry-points"]["flake8.extension"]
    lines = ["[flake8.extension]", *(f"{name} = {value}" for name, value in points.items())]
    told.joinpath("entry_points.txt").write_text("\n".join(lines), "utf-8")


def check_all(
    way: Drive, name: str, options: Sequence[str], *, code: int, suppressed: int | None = None
) -> list[Found]:
    """One run that writes every form of report; all must be readable, and tell of the same findings."""
    readers = readers_of(suppressed)
    outputs = {form: f"../{way.reports.name}/{name}.{form}" for form in readers}
    pairs = (part for form, file in outputs.items() for part in ("--output-format", form, "--output", file))
    way.run("fenceline", "check", *options, *pairs, code=code)
    found = {form: _read(form, reader, way.service / outputs[form]) for form, reader in readers.items()}
    (_, told), *others = found.items()
    for form, seen in others:
        expect_same(told, seen, form)
    way.saw(f"{len(told)} in each of {', '.join(readers)}" + (f"; {suppressed} suppressed" if suppressed else ""))
    return told


def _read(form: str, reader: Reader, file: Path) -> list[Found]:
    try:
        return sorted(reader(file))
    except NotAsItShouldError:
        raise
    except Exception as error:
        raise NotAsItShouldError(f"{form}: {file} cannot be read: {type(error).__name__}: {error}") from error


def expect_flake8(way: Drive, expected: Sequence[Found]) -> None:
    """Real flake8, with all plugins that are installed, asked for ours alone."""
    done = way.run("flake8", "--select", "FEN", "--jobs", "2", "shop", code=1 if expected else 0)
    expect_same(expected, told_by_flake8(done.stdout), "flake8")


def expect_pre_commit(way: Drive, expected: Sequence[Found], *options: str) -> None:
    """Real pre-commit: with the hook as others install it, or with that of this program."""
    if way.is_quick:
        command: tuple[object, ...] = ("pre-commit", "run", "fenceline", "--verbose", *options)
    else:
        command = ("pre-commit", "try-repo", REPOSITORY, "fenceline", "--verbose", *options)
    done = way.run(*command, code=1 if expected else 0)
    lines = [line for line in done.stdout.splitlines() if ": FEN" in line and not line.startswith(" ")]
    expect_same(expected, told_by_flake8("\n".join(lines)), "pre-commit")


def local_hook() -> str:
    """The hook of this repository, run with the program of this environment."""
    import yaml

    hooks = {one["id"]: one for one in yaml.safe_load(HOOKS.read_text("utf-8"))}
    hook = hooks["fenceline"] | {"language": "system"}
    program, _, rest = hook["entry"].partition(" ")
    hook["entry"] = f"{sys.executable} -m {program} {rest}"
    hook.pop("additional_dependencies", None)
    hook.pop("minimum_pre_commit_version", None)
    return str(yaml.safe_dump({"repos": [{"repo": "local", "hooks": [hook]}]}, sort_keys=False))


def expect_fix_of_one(way: Drive, new: Found) -> None:
    """``fenceline fix`` leaves alone what is in the baseline."""
    before = way.run("git", "stash", "create").stdout.strip()
    way.run("fenceline", "fix", "--unsafe-fixes")
    changed = way.run("git", "diff", "--name-only", before or "HEAD").stdout.split()
    if changed != [CHANGED]:
        raise NotAsItShouldError(f"the fix of {new} changed {changed or 'nothing'}")
    diff = way.run("git", "diff", "--unified=0", "HEAD", "--", CHANGED).stdout
    if [line for line in diff.splitlines() if line.startswith("-") and not line.startswith("---")]:
        raise NotAsItShouldError(f"the fix of {new} changed what was there before:\n{diff}")
    way.run("git", "add", CHANGED)


def expect_one(found: list[Found]) -> list[Found]:
    """The hazard that was added."""
    if len(found) != 1 or (found[0].rule, found[0].path) != (NEW_RULE, CHANGED):
        raise NotAsItShouldError(f"expected one {NEW_RULE} in {CHANGED}, saw {_list(found)}")
    return found


def expect_same(expected: Sequence[Found], seen: Sequence[Found], where: str) -> None:
    """The same findings at the same places."""
    if sorted(expected) != sorted(seen):
        missing, more = (sorted(set(one) - set(other)) for one, other in ((expected, seen), (seen, expected)))
        raise NotAsItShouldError(f"{where}: missing {_list(missing)}; not expected {_list(more)}")


def _list(found: Sequence[Found]) -> str:
    return ", ".join(map(str, found)) or "nothing"


# ------------------------------------------------------------------------------------------------------- command line


@contextlib.contextmanager
def folder_for(keep: Path | None) -> Iterator[Path]:
    """A new directory, which is removed unless it is to be kept."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="fenceline-drive-") as name:
            yield Path(name).resolve()
        return
    keep.mkdir(parents=True)
    yield keep.resolve()


def main(arguments: Sequence[str] | None = None) -> int:
    """Drive, and say how it ended."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--keep", type=Path, metavar="DIRECTORY", help="a new directory for all that is made")
    parser.add_argument("--installed", action="store_true", help="the program that is installed, not this source tree")
    parser.add_argument("--quick", action="store_true", help="no environment of its own for the pre-commit hook")
    given = parser.parse_args(arguments)
    with folder_for(given.keep) as folder:
        try:
            drive(Drive(folder, given.installed, given.quick))
        except NotAsItShouldError as error:
            print(f"\nNot as it should be: {error}", file=sys.stderr)
            return 1
    print("\nAll is as it should be.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
