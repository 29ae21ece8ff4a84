"""Fenceline in flake8: the codes FEN*, and options that begin with ``--fenceline``.

flake8 hands files to plugins one by one, to several processes at once, while our analysis is of a whole project. So it
is done once a run of flake8, when the first file is asked about, for all files that flake8 has been told to look at:
by a process of its own (:mod:`fenceline.flake8_run`), whatever process of flake8 comes first starts it, and the others
wait for it. What it says is shared through a file in a directory that flake8's main process makes and removes.

This module is imported by every flake8 run, also by those that want nothing of us: it imports nothing of the analysis.
"""

from __future__ import annotations

import argparse
import ast
import atexit
import contextlib
import functools
import hashlib
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from flake8.exceptions import ExecutionError
from flake8.style_guide import Decision, DecisionEngine

import fenceline

if TYPE_CHECKING:
    from flake8.options.manager import OptionManager

SESSION_VARIABLE = "FENCELINE_FLAKE8_SESSION"
"""The directory that the processes of one run share."""

STDIN = "-"
_PROGRAM = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from fenceline.flake8_run import main; main()"

Answer = Mapping[str, Sequence[tuple[int, int, str]]]
"""Line and column (from 1) and text of each finding, by the absolute path of its file."""


class Plugin:
    """What flake8 makes for each file, and asks for its findings."""

    name = "fenceline"
    version = fenceline.__version__
    options: ClassVar[argparse.Namespace | None] = None
    is_wanted: ClassVar[bool] = False

    def __init__(self, tree: ast.AST, filename: str, lines: Sequence[str]) -> None:
        """``tree`` is asked for because flake8 knows by it that this is a plugin for whole files."""
        del tree
        self.filename = filename
        self.lines = lines

    @staticmethod
    def add_options(manager: OptionManager) -> None:
        """Options of the command line and of flake8's configuration files."""
        add = functools.partial(manager.add_option, parse_from_config=True)
        for name, text in (
            ("select", "Rules to apply: codes, prefixes (FEN2), names, ALL. Opt-in rules are turned on here."),
            ("extend-select", "Rules to apply besides."),
            ("ignore", "Rules not to apply."),
        ):
            add(f"--fenceline-{name}", comma_separated_list=True, metavar="RULES", help=text)
        add("--fenceline-min-confidence", metavar="{low,medium,high}", help="How sure to be before a finding is shown.")
        add(
            "--fenceline-baseline",
            normalize_paths=True,
            metavar="FILE",
            help="Known findings, which are not shown. (Default: that of the project's configuration)",
        )
        add(
            "--fenceline-root",
            normalize_paths=True,
            metavar="DIRECTORY",
            help="The project that may be read to understand the files. (Default: the nearest pyproject.toml or .git)",
        )

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Called once in the main process, and once in each worker process that was spawned instead of forked."""
        cls.options = options
        cls.is_wanted = _is_shown(options)
        if cls.is_wanted and STDIN not in options.filenames:
            _open_session()

    def run(self) -> Iterator[tuple[int, int, str, type[Any]]]:
        """The findings in the file; flake8 counts columns from 0."""
        if self.options is None or not self.is_wanted:
            return
        found = _answer(_request(self.options, self.filename, self.lines))
        path = os.path.abspath(self.filename)  # noqa: PTH100 - resolve() would follow links
        for line, column, text in found.get(path, ()):
            yield line, column - 1, text, type(self)


def _is_shown(options: argparse.Namespace) -> bool:
    """Whether flake8 would show any code of ours. Which ones there are need not be known for that."""
    decider = DecisionEngine(options)
    return any(decider.decision_for(f"FEN{n:03}") is Decision.Selected for n in range(1000))


def _request(options: argparse.Namespace, filename: str, lines: Sequence[str]) -> dict[str, Any]:
    """What :mod:`fenceline.flake8_run` is told; the same for all files of a run, but for standard input."""
    request = {
        "paths": options.filenames or ["."],
        "patterns": options.filename,
        "exclude": [*options.exclude, *options.extend_exclude],
        "folder": str(Path.cwd()),
        "with_noqa": not options.disable_noqa,
        "select": options.fenceline_select,
        "extend_select": options.fenceline_extend_select,
        "ignore": options.fenceline_ignore,
        "min_confidence": options.fenceline_min_confidence,
        "baseline": options.fenceline_baseline,
        "root": options.fenceline_root,
    }
    if STDIN in options.filenames and filename == options.stdin_display_name:
        request |= {"paths": [filename], "text": "".join(lines)}
    return request


_answers: dict[str, Answer] = {}


def _answer(request: Mapping[str, Any]) -> Answer:
    """What is found; asked for once, by whichever process comes first. Raises flake8's ExecutionError."""
    text = json.dumps(request, sort_keys=True)
    key = hashlib.sha256(text.encode()).hexdigest()
    if key not in _answers:
        session = os.environ.get(SESSION_VARIABLE)
        _answers[key] = _shared(Path(session), key, text) if session and "text" not in request else _asked(text)
    return _answers[key]


def _shared(session: Path, key: str, request: str) -> Answer:
    """The answer that another process of this run has been given, or will be, or that this one asks for."""
    try:
        with _locked(session / "lock"):
            file = session / f"{key}.json"
            if not file.exists():
                said = _said(request)
                beside = file.with_suffix(".tmp")
                beside.write_text(said, encoding="utf-8")
                beside.replace(file)
            said = file.read_text(encoding="utf-8")
    except OSError:  # no room, or somebody has tidied up: then each process asks for itself
        said = _said(request)
    return _read(said)


def _asked(request: str) -> Answer:
    return _read(_said(request))


def _read(said: str) -> Answer:
    document = json.loads(said)
    if "error" in document:
        raise ExecutionError(f"fenceline: {document['error']}")
    return {path: [tuple(one) for one in found] for path, found in document["files"].items()}


def _said(request: str) -> str:
    """What the process that analyses prints. It ends when this one does: what it reads from stays open until then."""
    command = [sys.executable, "-P", "-c", _PROGRAM, json.dumps(sys.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            with contextlib.suppress(BrokenPipeError):  # what ended it is said by its exit code
                process.stdin.write(request.encode() + b"\n")
                process.stdin.flush()
            said = process.stdout.read().decode()
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise ExecutionError(f"fenceline: the analysis has ended with exit code {process.returncode}")
    return said


def _open_session() -> None:
    """Make the directory, unless this is a worker of a run that has one."""
    is_worker = multiprocessing.parent_process() is not None
    if (is_worker and SESSION_VARIABLE in os.environ) or _sessions:
        return
    with contextlib.suppress(OSError):
        session = tempfile.mkdtemp(prefix="fenceline-flake8-")
        os.environ[SESSION_VARIABLE] = session
        _sessions.append(session)
        atexit.register(_close_session, session, os.getpid())


_sessions: list[str] = []


def _close_session(session: str, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(session, ignore_errors=True)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Only one process is inside; the system lets the next one in when one dies."""
    with path.open("wb") as file:
        _lock(file.fileno())
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        while True:
            with contextlib.suppress(OSError):  # it gives up after ten seconds
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
                return
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
