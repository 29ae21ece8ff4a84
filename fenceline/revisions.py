"""An earlier revision of a project, from git: its Python files in a directory of their own, and what was renamed since.

Git is only asked: neither the work tree nor the index is touched, and no hook, filter or pager of the user is run.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from fenceline.discovery import EXCLUDED_DIRECTORIES

if TYPE_CHECKING:
    import subprocess

_REGULAR, _LINK, _SUBMODULE = (b"100644", b"100755"), b"120000", b"160000"
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"

# What a hook sets for the repository that it runs in; ours is found from the project's directory.
_OF_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_NAMESPACE")


class GitError(Exception):
    """A revision that cannot be had: one line that says why."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit, as seen from a project below the top of its repository.

    ``prefix`` is the project's directory relative to ``top``, '' for the top itself. All other paths are relative to
    the project's directory. ``old_names`` are what files were called then that have another name now; ``changed`` the
    files of then that are not the same now.
    """

    top: Path
    prefix: str
    commit: str
    old_names: dict[str, str]
    changed: frozenset[str]


def revision_since(root: Path, ref: str) -> Revision:
    """The last commit that the current one shares with ``ref``. Raises :class:`GitError`.

    So what others have committed to ``ref`` meanwhile is not taken for ours, as with three dots on GitHub.
    """
    top = Path(os.fsdecode(_git(root, "rev-parse", "--show-toplevel").rstrip(b"\n")))
    prefix = os.fsdecode(_git(root, "rev-parse", "--show-prefix").rstrip(b"\n")).rstrip("/")
    commit = _shared_commit(root, ref)
    old_names: dict[str, str] = {}
    changed: set[str] = set()
    for status, old, new in _changes(top, commit):
        before, after = _below(old, prefix), _below(new, prefix)
        if before is not None and status != "A":
            changed.add(before)
        if status == "R" and before is not None and after is not None:
            old_names[after] = before
    return Revision(top, prefix, commit, old_names, frozenset(changed))


def _shared_commit(root: Path, ref: str) -> str:
    known = _ask(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if known.returncode:
        raise GitError(f"{ref}: git knows no such revision{_hint(root, ref)}")
    if _ask(root, "rev-parse", "--verify", "--quiet", "HEAD").returncode:
        raise GitError("there is no commit yet to compare with")
    shared = _ask(root, "merge-base", known.stdout.decode().strip(), "HEAD")
    if shared.returncode:
        raise GitError(f"{ref} and HEAD share no commit{_hint(root, '')}")
    return shared.stdout.decode().strip()


def _hint(root: Path, ref: str) -> str:
    if _ask(root, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true":
        return " in this shallow clone; fetch more of the history (git fetch --unshallow, or fetch-depth: 0 in CI)"
    for name in (f"origin/{ref}", f"upstream/{ref}") if ref else ():
        if not _ask(root, "rev-parse", "--verify", "--quiet", "--end-of-options", name).returncode:
            return f"; did you mean {name}?"
    return ""


def _changes(top: Path, commit: str) -> Iterator[tuple[str, str, str]]:
    """How each tracked file differs from a commit: A, D, M, R or T, its path then, its path now."""
    listed = _git(top, "diff-index", "-z", "-M", "--name-status", "--ignore-submodules", commit, "--")
    parts = iter(os.fsdecode(listed).split("\0")[:-1])
    for status in parts:
        old = next(parts)
        yield status[0], old, next(parts) if status[0] in "RC" else old


def _below(path: str, prefix: str) -> str | None:
    """A path of the repository as one of the project, None for one that lies elsewhere."""
    if not prefix:
        return path
    return path[len(prefix) + 1 :] if path.startswith(f"{prefix}/") else None


# ------------------------------------------------------------------------------------------------- the files of then


def write_sources(revision: Revision, into: Path, named: Collection[str] = ()) -> None:
    """Write the Python files of a revision below a directory, and those that are ``named``. Raises :class:`GitError`.

    Files that git does not know, because they are ignored, are taken to have been what they are now.
    """
    _write_tree(revision.top, revision.commit, revision.prefix, into, frozenset(named))
    here = revision.top / revision.prefix
    ignored = _git(here, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--", "*.py")
    for path in os.fsdecode(ignored).split("\0")[:-1]:
        if _is_source(path, frozenset()) and not (into / path).exists():
            _copy(here / path, into / path)


def _write_tree(top: Path, commit: str, prefix: str, into: Path, named: frozenset[str]) -> None:
    listed = _git(top, "ls-tree", "-r", "-z", "--full-tree", commit, "--", *([prefix] if prefix else []))
    blobs: list[tuple[str, bytes]] = []
    for line in listed.split(b"\0")[:-1]:
        head, _, name = line.partition(b"\t")
        mode, _, digest = head.split(b" ")
        path = _below(os.fsdecode(name), prefix)
        if path is None:
            continue
        if mode == _SUBMODULE:
            _write_submodule(top / os.fsdecode(name), digest.decode(), into / path)
        elif mode in _REGULAR and _is_source(path, named):
            blobs.append((path, digest))
        elif mode == _LINK and _is_source(path, named):
            _link(_blobs(top, [digest])[0], path, into)
    for (path, _), data in zip(blobs, _blobs(top, [digest for _, digest in blobs]), strict=True):
        if data.startswith(_LFS_POINTER):
            _copy(top / prefix / path, into / path)
        else:
            _write(into / path, data)


def _is_source(path: str, named: frozenset[str]) -> bool:
    *folders, name = path.split("/")
    if path in named:
        return True
    return (name.endswith(".py") or name == ".gitignore") and EXCLUDED_DIRECTORIES.isdisjoint(folders)


def _write_submodule(now: Path, commit: str, into: Path) -> None:
    """The files of a submodule as they were, or as they are where its history is not at hand."""
    if not (now / ".git").exists():
        return
    if not _ask(now, "cat-file", "-e", f"{commit}^{{commit}}").returncode:
        _write_tree(now, commit, "", into, frozenset())
        return
    for folder, names, files in os.walk(now):
        names[:] = [name for name in names if name not in EXCLUDED_DIRECTORIES]
        for name in files:
            if name.endswith(".py"):
                path = Path(folder, name)
                _copy(path, into / path.relative_to(now))


def _blobs(top: Path, digests: Sequence[bytes]) -> list[bytes]:
    """What objects hold, in their order."""
    if not digests:
        return []
    data = _git(top, "cat-file", "--batch", stdin=b"".join(one + b"\n" for one in digests))
    found: list[bytes] = []
    start = 0
    for digest in digests:
        end = data.index(b"\n", start)
        head = data[start:end].split(b" ")
        if len(head) != 3:
            raise GitError(f"the object {digest.decode()} is not in this clone")
        size = int(head[2])
        found.append(data[end + 1 : end + 1 + size])
        start = end + size + 2
    return found


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _copy(source: Path, path: Path) -> None:
    if source.is_file():
        _write(path, source.read_bytes())


def _link(target: bytes, path: str, into: Path) -> None:
    """A link, if it stays inside."""
    steps = PurePosixPath(path).parent.joinpath(os.fsdecode(target))
    depth = 0
    for part in steps.parts:
        depth += -1 if part == ".." else 1
        if depth < 0 or steps.is_absolute():
            return
    (into / path).parent.mkdir(parents=True, exist_ok=True)
    (into / path).symlink_to(os.fsdecode(target))


# --------------------------------------------------------------------------------------------------------------- git


def _git(where: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """What git prints. Raises :class:`GitError` with what it complains of."""
    done = _ask(where, *arguments, stdin=stdin)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"exit code {done.returncode}"]
        raise GitError(f"git {arguments[0]}: {said[0].removeprefix('fatal: ')}")
    return done.stdout


def _ask(where: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    import subprocess  # noqa: PLC0415 - only here: GitError is known to every run

    program = shutil.which("git")
    if program is None:
        raise GitError("git is not installed, or not on the PATH")
    kept = {name: value for name, value in os.environ.items() if name not in _OF_HOOKS}
    # no lock on the index, which git would write anew when it has looked at the files
    env = {**kept, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    return subprocess.run([program, *arguments], cwd=where, input=stdin, capture_output=True, check=False, env=env)  # noqa: S603
