"""Files that are changed: their bytes as text and back, whether they parse, and how they are replaced as one step."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import warnings
from dataclasses import dataclass
from pathlib import Path

from fenceline.analyzer.source import Source, SourceError, decode_source
from fenceline.patches import diff_lines, digest_of


class NotWrittenError(Exception):
    """A file that is left as it is; the message says why, in one line and without the name of the file."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds. ``source`` is made of ``data``, and ``data`` is what its text is written as."""

    data: bytes
    source: Source

    @property
    def digest(self) -> str:
        """What the content is known by."""
        return digest_of(self.data)


def content_of(path: Path, data: bytes) -> Content:
    """Bytes as text that can be changed. Raises :class:`NotWrittenError` where they would come back as others."""
    try:
        source = decode_source(path, data)
        again = source.text.encode(source.encoding)
    except (SourceError, UnicodeError) as error:
        raise NotWrittenError(f"it cannot be read: {getattr(error, 'message', error)}") from error
    if again != data:
        raise NotWrittenError(f"its bytes are not those that its text has in {source.encoding}")
    return Content(data, source)


def content_with(old: Content, text: str) -> Content:
    """The same file with another text, in the same encoding. Raises :class:`NotWrittenError`."""
    encoding = old.source.encoding
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError as error:
        raise NotWrittenError(f"{text[error.start]!r} cannot be written in {encoding}") from error
    new = content_of(old.source.path, data)
    if (new.source.text, new.source.encoding) != (text, encoding):
        raise NotWrittenError("its encoding would be another one")
    return new


def still_parses(old: Content, new: Content) -> bool:
    """Whether no more of the new text is broken than of the old one, for our parser and for the Python that runs us."""
    return _broken_parts(new.source) <= _broken_parts(old.source) and (_compiles(new) or not _compiles(old))


def _broken_parts(source: Source) -> int:
    # only here: reports name this module, and those of kept results need no parser
    from fenceline.analyzer.syntax import is_whole, parse  # noqa: PLC0415

    return 0 if is_whole(source) else len(parse(source).broken)


def _compiles(content: Content) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(content.data, str(content.source.path), "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def patch_of(path: str, old: Content, new: Content) -> bytes:
    """What changes, as ``patch`` takes it: with the bytes that stand in the file, its byte order mark too."""
    encoding = "utf-8" if old.source.encoding == "utf-8-sig" else old.source.encoding
    lines = diff_lines(path, old.data.decode(encoding), new.data.decode(encoding))
    names = "".join(lines[:2]).encode("utf-8", "surrogateescape")
    return names + "".join(lines[2:]).encode(encoding)


def replace_file(path: Path, old: bytes, new: bytes) -> None:
    """Put ``new`` in the place of ``old`` in one step; raises :class:`NotWrittenError` if the file holds anything else.

    The file keeps its mode, owner and extended attributes. A link is followed: what it leads to is replaced, not the
    link. Other names of the file (hard links) keep the old content. Nothing is left behind, whatever happens.
    """
    target = Path(os.path.realpath(path))
    try:
        status = target.stat()
        _check(target, status, old)
        beside = target.with_name(f".fenceline-{secrets.token_hex(8)}.tmp")
        try:
            _write(beside, new)
            _copy_attributes(target, status, beside)
            _check(target, target.stat(), old)
            beside.replace(target)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        _sync_directory(target.parent)
    except OSError as error:
        raise NotWrittenError(f"it cannot be written: {error.strerror or type(error).__name__}") from error


def _check(target: Path, status: os.stat_result, old: bytes) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotWrittenError("it is no regular file")
    if not status.st_mode & 0o222 or not os.access(target, os.W_OK):
        raise NotWrittenError("it is read-only")
    if target.read_bytes() != old:
        raise NotWrittenError("it has changed meanwhile")


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def _copy_attributes(target: Path, status: os.stat_result, beside: Path) -> None:
    """Ownership first: giving a file away takes bits of its mode. What the system does not let us copy stays ours."""
    if hasattr(os, "chown"):
        own = beside.stat()
        if (own.st_uid, own.st_gid) != (status.st_uid, status.st_gid):
            with contextlib.suppress(OSError):
                os.chown(beside, -1, status.st_gid)
            with contextlib.suppress(OSError):
                os.chown(beside, status.st_uid, -1)
    if hasattr(os, "listxattr"):
        with contextlib.suppress(OSError):
            for name in os.listxattr(target):
                with contextlib.suppress(OSError):
                    os.setxattr(beside, name, os.getxattr(target, name))
    beside.chmod(stat.S_IMODE(status.st_mode))


def _sync_directory(folder: Path) -> None:
    """So that the new name is on the disk too; not every system can open a directory."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
