"""The settings of a project: ``[tool.fenceline]`` in its ``pyproject.toml``, as typed values."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fenceline.analyzer.finding import Confidence, Finding, Severity
from fenceline.fixers.settings import FixSettings
from fenceline.ignorefiles import is_pattern
from fenceline.report.formats import FORMATS
from fenceline.rules import all_rules
from fenceline.selection import Selection, UnknownSelectorError, check_selector, nearest
from fenceline.threshold import ANYTHING, THRESHOLDS, Threshold, threshold_from

if TYPE_CHECKING:
    from fenceline.executors.executor import Executor

CACHE_DIR = Path(".fenceline_cache")
OUTPUT_FORMATS = tuple(FORMATS)
TABLE, FIX_TABLE = "[tool.fenceline]", "[tool.fenceline.fix]"


class ConfigError(Exception):
    """A configuration that cannot be used: one line that names the file, and the key or the line in it."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a run is told. ``exclude`` adds to the directories that are always left out.

    ``models`` and ``baseline`` are absolute paths, ``baseline`` None where there is none. ``jobs`` is the number of
    worker processes, None for as many as pay. ``selections`` are layers, the strongest last. ``fixes`` is what is
    written into code that a fixer makes. A run fails on findings that come up to ``fail_on``. ``cache_dir`` is where
    results are kept, relative to the root; None for nowhere. Without ``with_noqa`` a ``# noqa`` is a comment like
    any other. ``executor`` has the workers, None for processes of this machine.
    """

    selections: tuple[Selection, ...] = ()
    exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    min_confidence: Confidence = Confidence.MEDIUM
    min_severity: Severity = Severity.INFO
    fail_on: Threshold = ANYTHING
    output_format: str = "text"
    models: tuple[Path, ...] = ()
    baseline: Path | None = None
    jobs: int | None = None
    fixes: FixSettings = field(default_factory=FixSettings)
    cache_dir: Path | None = CACHE_DIR
    with_noqa: bool = True
    executor: Executor | None = None

    def shows(self, finding: Finding) -> bool:
        """Whether a finding is sure and bad enough."""
        return finding.confidence >= self.min_confidence and finding.severity >= self.min_severity


def load_config(root: Path) -> Config:
    """The settings in the ``pyproject.toml`` of this directory; the defaults if there are none."""
    file = root / "pyproject.toml"
    try:
        text = file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return Config()
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not UTF-8 (byte {error.start})") from error
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror or error}") from error
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{file}: {_toml_reason(error, text)}") from error
    return config_from(_table(document, file), file)


def _toml_reason(error: Exception, text: str) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    last = len(text.splitlines())
    return f"not valid TOML: {error}".replace("(at end of document)", f"(at the end, line {last})")


def _table(document: Mapping[str, Any], file: Path) -> Mapping[str, Any]:
    tool = document.get("tool", {})
    table = tool.get("fenceline", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise ConfigError(f"{file}: [tool.fenceline] must be a table, not {_kind(table)}")
    return table


def config_from(table: Mapping[str, Any], file: Path) -> Config:
    """The typed settings of a table; ``file`` is named in errors, and relative paths start at its directory."""
    values = _read(table, SETTINGS, TABLE, file)
    for key in ("select", "extend-select", "ignore"):
        _check_selectors(values.get(key, ()), key, file)
    layer = Selection(values.get("select"), values.get("extend-select", ()), values.get("ignore", ()))
    return Config(
        selections=(layer,),
        exclude=values.get("exclude", ()),
        force_exclude=values.get("force-exclude", False),
        min_confidence=values.get("min-confidence", Confidence.MEDIUM),
        min_severity=values.get("min-severity", Severity.INFO),
        fail_on=values.get("fail-on", ANYTHING),
        output_format=values.get("output-format", "text"),
        models=tuple(file.parent / path for path in values.get("models", ())),
        baseline=file.parent / values["baseline"] if "baseline" in values else None,
        jobs=values.get("jobs"),
        fixes=_fix_settings(values.get("fix", {}), file),
        cache_dir=values.get("cache-dir", CACHE_DIR),
    )


def _read(table: Mapping[str, Any], settings: tuple[Setting, ...], name: str, file: Path) -> dict[str, Any]:
    """The values of a table that is called ``name``, each as its reader makes it."""
    readers = {one.key: one.read for one in settings}
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in readers:
            raise ConfigError(f"{file}: {name} has no key {key!r}{nearest(key, readers)}")
        try:
            values[key] = readers[key](value)
        except ValueError as error:
            raise ConfigError(f"{file}: {name} {key} must be {error}, not {_kind(value)}") from error
    return values


def _fix_settings(table: Mapping[str, Any], file: Path) -> FixSettings:
    values = _read(table, FIX_SETTINGS, FIX_TABLE, file)
    return FixSettings(**{key.replace("-", "_"): value for key, value in values.items()})


def _check_selectors(selectors: tuple[str, ...], key: str, file: Path) -> None:
    for selector in selectors:
        try:
            check_selector(all_rules(), selector)
        except UnknownSelectorError as error:
            raise ConfigError(f"{file}: [tool.fenceline] {key}: {error}") from error


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("a list of strings")
    return tuple(value)


def _path(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("a path")
    return value


def _patterns(value: object) -> tuple[str, ...]:
    patterns = _strings(value)
    if not all(is_pattern(pattern) for pattern in patterns):
        raise ValueError("a list of patterns as in .gitignore")
    return patterns


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")  # noqa: TRY004 - the caller reports all wrong values alike
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("a whole number of at least 1")
    return value


def _confidence(value: object) -> Confidence:
    return Confidence(_one_of(value, [str(member) for member in Confidence]))


def _severity(value: object) -> Severity:
    return Severity(_one_of(value, [str(member) for member in Severity]))


def _threshold(value: object) -> Threshold:
    if not isinstance(value, str):
        raise ValueError(THRESHOLDS)  # noqa: TRY004 - the caller reports all wrong values alike
    return threshold_from(value)


def _output_format(value: object) -> str:
    return _one_of(value, OUTPUT_FORMATS)


def _one_of(value: object, choices: tuple[str, ...] | list[str]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"one of {', '.join(choices)}")
    return value


def _kind(value: object) -> str:
    """How a wrong value is shown: short values as they are, others by their kind."""
    text = repr(value)
    kinds = {dict: "a table", list: "a list", str: "a string", bool: "a boolean", int: "a number", float: "a number"}
    return text if len(text) <= 40 else kinds.get(type(value), "that")


def _subtable(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("a table")  # noqa: TRY004 - the caller reports all wrong values alike
    return value


def _directory(value: object) -> Path:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ValueError("the path of a directory")
    return Path(value)


def _seconds(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("whole seconds, at least 1")
    return value


def _key_prefix(value: object) -> str:
    """Goes into string literals and keys of stores as it is."""
    if not isinstance(value, str) or not _PREFIX.fullmatch(value):
        raise ValueError("a string of letters, digits and any of : . _ - / without blanks")
    return value


_PREFIX = re.compile(r"[A-Za-z0-9:._/-]+")


@dataclass(frozen=True, slots=True)
class Setting:
    """A key of a table. ``read`` makes the value, or raises ValueError with what it must be.

    ``kind``, ``default`` and ``meaning`` say the same to people, in Markdown; ``default`` is '' where there is none.
    """

    key: str
    read: Callable[[object], object]
    kind: str
    default: str
    meaning: str


_WHOLE_SECONDS = "whole seconds"

FIX_SETTINGS = (
    Setting(
        "key-prefix",
        _key_prefix,
        "string",
        '`"fenceline:"`',
        "what keys begin with that a fix introduces: of locks, of marks that something is done",
    ),
    Setting(
        "lock-expiry",
        _seconds,
        _WHOLE_SECONDS,
        "`300`",
        "after how long a lock that a fix introduces, or gives an expiry, is free again",
    ),
    Setting("dedupe-expiry", _seconds, _WHOLE_SECONDS, "`86400`", "how long a message that is done is remembered"),
    Setting("timeout", _seconds, _WHOLE_SECONDS, "`10`", "how long a call may take that a fix gives a timeout"),
)
"""The keys of ``[tool.fenceline.fix]``."""

SETTINGS = (
    Setting(
        "select",
        _strings,
        "list of strings",
        "the rules that are on by default",
        "the rules to apply: codes, prefixes of codes (`FEN2`), names, `ALL`",
    ),
    Setting("extend-select", _strings, "list of strings", "`[]`", "rules to apply besides"),
    Setting(
        "ignore",
        _strings,
        "list of strings",
        "`[]`",
        "rules not to apply; of `select` and `ignore` the more specific selector wins",
    ),
    Setting(
        "exclude",
        _patterns,
        "list of patterns",
        "`[]`",
        "paths to leave out, as in `.gitignore`, besides those that git ignores",
    ),
    Setting(
        "force-exclude",
        _boolean,
        "boolean",
        "`false`",
        "leave out excluded files even if they are named on the command line",
    ),
    Setting(
        "min-confidence",
        _confidence,
        '`"low"`, `"medium"`, `"high"`',
        '`"medium"`',
        "how sure to be before a finding is shown",
    ),
    Setting(
        "min-severity",
        _severity,
        '`"info"`, `"warning"`, `"error"`',
        '`"info"`',
        "how bad a hazard has to be before it is shown",
    ),
    Setting(
        "fail-on",
        _threshold,
        "string",
        '`"info/low"`',
        "what makes a run fail (exit code 1): a severity, a confidence, or both as in `warning/high`; "
        "all that is found is shown",
    ),
    Setting(
        "output-format",
        _output_format,
        ", ".join(f'`"{name}"`' for name in OUTPUT_FORMATS),
        '`"text"`',
        "the form of the report",
    ),
    Setting(
        "models",
        _strings,
        "list of paths",
        "`[]`",
        "files that say what your own wrappers do ([models.md](models.md)), relative to `pyproject.toml`",
    ),
    Setting(
        "baseline",
        _path,
        "path",
        "",
        "file with known findings, which are not shown ([baseline.md](baseline.md)), relative to `pyproject.toml`",
    ),
    Setting("jobs", _count, "whole number", "as many as pay", "worker processes; the result does not depend on it"),
    Setting(
        "cache-dir",
        _directory,
        "path",
        '`".fenceline_cache"`',
        "where results of earlier runs are kept, relative to `pyproject.toml`, see below",
    ),
    Setting("fix", _subtable, "table", "", "what `fenceline fix` writes into code, see below"),
)
"""The keys of ``[tool.fenceline]``."""
