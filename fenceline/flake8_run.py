"""The analysis for one run of flake8: a request on standard input, what is found on standard output, both JSON.

Started by :mod:`fenceline.flake8_plugin`. It is a process of its own because the processes of flake8 that ask are not
allowed to start any, and because what runs flake8 may be a program that must not be imported a second time.
"""

from __future__ import annotations

import io
import json
import os
import sys
import threading
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from flake8.discover_files import expand_paths

from fenceline.analyzer.finding import Confidence
from fenceline.analyzer.model_shape import ModelError
from fenceline.analyzer.source import SourceError, read_source
from fenceline.baseline import BaselineError
from fenceline.config import Config, ConfigError, load_config
from fenceline.discovery import PathError, find_root, path_below
from fenceline.engine import examine, prepare, report_of
from fenceline.report.document import Report
from fenceline.report.plain import printable
from fenceline.selection import Selection, UnknownSelectorError

INTERRUPTED = 130


def main() -> None:
    """Answer one request. What cannot be asked for is said in the answer; faults of ours are noted as in ``check``."""
    said = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing but the answer is read from us
    request = json.loads(sys.stdin.buffer.readline())
    is_answered = threading.Event()
    threading.Thread(target=_end_with_parent, args=(is_answered,), daemon=True).start()
    try:
        answer: dict[str, Any] = {"files": answer_to(request)}
    except (BaselineError, ConfigError, PathError, ModelError, UnknownSelectorError) as error:
        answer = {"error": " ".join(str(error).split())}
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    is_answered.set()
    with os.fdopen(said, "wb") as file:
        file.write(json.dumps(answer).encode())


def _end_with_parent(is_answered: threading.Event) -> None:
    """Nobody waits for an answer any more when the other end of standard input is closed."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    if not is_answered.is_set():
        os._exit(1)


def answer_to(request: Mapping[str, Any]) -> dict[str, list[tuple[int, int, str]]]:
    """What is found in the files that flake8 looks at, by their absolute paths: line, column (from 1) and text."""
    text = request.get("text")
    paths = [Path(one) for one in request["paths"]]
    known = [one for one in paths if one.exists() or text is not None]
    if not known:
        return {}
    root = _root(request["root"]) or find_root(known)
    asked = _by_path(request["paths"] if text is not None else _files_of_flake8(request), root)
    inside = [one for one in known if _below(one, root) is not None]
    planned = _planned(paths[0], root, text) if text is not None and inside else {}
    run = prepare(inside, _config(load_config(root), request), root, planned=planned)
    run.found.files = [one for one in run.found.files if one in asked]
    report = report_of(run, examine(run, run.found.files))
    _note(report)
    found: dict[str, list[tuple[int, int, str]]] = {}
    for one in report.findings:
        for path in asked.get(one.path, ()):
            message = f"{one.rule} {one.name}: {printable(one.message)}"
            found.setdefault(path, []).append((one.line, one.column, message))
    return found


def _root(named: str | None) -> Path | None:
    if named is None:
        return None
    if not Path(named).is_dir():
        raise ConfigError(f"fenceline-root: {named!r} is no directory")
    return Path(named).resolve()


def _files_of_flake8(request: Mapping[str, Any]) -> Iterator[str]:
    yield from expand_paths(
        paths=request["paths"],
        stdin_display_name="stdin",
        filename_patterns=request["patterns"],
        exclude=request["exclude"],
    )


def _by_path(files: Iterable[str], root: Path) -> dict[str, list[str]]:
    """The absolute paths of files by those below the root; one file may be asked for under several names."""
    asked: dict[str, list[str]] = {}
    for name in files:
        below = _below(Path(name), root)
        if below is not None:
            asked.setdefault(below, []).append(os.path.abspath(name))  # noqa: PTH100 - resolve() would follow links
    return asked


def _below(path: Path, root: Path) -> str | None:
    try:
        return path_below(root, path)
    except PathError:
        return None


def _planned(path: Path, root: Path, text: str) -> dict[str, bytes]:
    """The text in place of what the file holds; nothing where it holds just that."""
    try:
        written = read_source(path)
    except SourceError:
        written = None
    if written is not None and io.StringIO(written.text, newline=None).read() == text:
        return {}
    return {path_below(root, path): _encoded(text)}


def _encoded(text: str) -> bytes:
    """As the text itself says that it is written."""
    data = text.encode("utf-8", "surrogatepass")
    try:
        return text.encode(tokenize.detect_encoding(io.BytesIO(data).readline)[0])
    except (SyntaxError, UnicodeError):
        return data


def _config(config: Config, request: Mapping[str, Any]) -> Config:
    """The settings of the project, overruled by those of flake8."""
    layer = Selection(request["select"] or None, request["extend_select"] or (), request["ignore"] or ())
    return replace(
        config,
        selections=(*config.selections, layer),
        force_exclude=True,
        min_confidence=_confidence(request["min_confidence"]) or config.min_confidence,
        baseline=Path(request["baseline"]).absolute() if request["baseline"] else config.baseline,
        with_noqa=request["with_noqa"],
    )


def _confidence(value: str | None) -> Confidence | None:
    if value is None:
        return None
    try:
        return Confidence(value)
    except ValueError as error:
        names = ", ".join(map(str, Confidence))
        raise ConfigError(f"fenceline-min-confidence must be one of {names}, not {value!r}") from error


def _note(report: Report) -> None:
    for entry in report.summary.errors:
        if entry.kind == "internal":
            print(f"fenceline: internal error in {entry.path!a}: {entry.message}", file=sys.stderr)  # noqa: T201
