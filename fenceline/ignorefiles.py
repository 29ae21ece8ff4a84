"""Which paths git, or the ``exclude`` option, leaves out: patterns in the syntax of ``.gitignore``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


def compile_patterns(lines: Iterable[str]) -> GitIgnoreSpec:
    """The patterns of the lines that are patterns; a line that is none is passed over, as git does."""
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - only here: where nothing is left out, nothing needs it

    return GitIgnoreSpec.from_lines(line for line in lines if is_pattern(line))


def is_pattern(line: str) -> bool:
    """Whether a line can be read as a pattern."""
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - as above

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class IgnoreChain:
    """Pattern files from the outermost directory to the innermost: what lies deeper overrules what lies above.

    Each layer has the directory that its patterns are relative to, ending in ``/``.
    """

    layers: tuple[tuple[str, GitIgnoreSpec], ...] = ()

    @classmethod
    def of_patterns(cls, directory: Path, patterns: Iterable[str]) -> Self:
        """One layer with patterns relative to a directory."""
        lines = tuple(patterns)
        return cls(((_prefix(directory.as_posix()), compile_patterns(lines)),)) if lines else cls()

    @classmethod
    def above(cls, directory: Path) -> Self:
        """The ``.gitignore`` files above a directory, from the top of its git repository; none outside of one."""
        tops = [parent for parent in (directory, *directory.parents) if (parent / ".git").exists()]
        chain = cls()
        if not tops:
            return chain
        chain = chain.with_patterns_of(tops[0] / ".git" / "info" / "exclude", tops[0])
        between = [parent for parent in directory.parents if parent.is_relative_to(tops[0])]
        for parent in reversed(between):
            chain = chain.with_patterns_of(parent / ".gitignore", parent)
        return chain

    def with_patterns_of(self, file: Path, directory: Path) -> Self:
        """The chain and the patterns of a file, if there is one that can be read."""
        try:
            lines = file.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        except OSError:
            return self
        return type(self)((*self.layers, (_prefix(directory.as_posix()), compile_patterns(lines))))

    def ignores(self, path: str, *, is_directory: bool) -> bool:
        """Whether the innermost layer that speaks of this absolute path leaves it out."""
        for prefix, spec in reversed(self.layers):
            if not path.startswith(prefix):
                continue
            verdict = spec.check_file(path[len(prefix) :] + ("/" if is_directory else "")).include
            if verdict is not None:
                return verdict
        return False


def _prefix(directory: str) -> str:
    return directory if directory.endswith("/") else directory + "/"
