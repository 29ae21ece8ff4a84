"""How one file is replaced: in one step, with all that it had, or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from fenceline import files
from fenceline.files import NotWrittenError, replace_file

OLD, NEW = b"old\r\n", b"new\r\n"
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "stock.py"
    path.write_bytes(OLD)
    return path


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o755, 0o664, 0o700, 0o2755])
def test_the_mode_is_kept(file: Path, mode: int):
    file.chmod(mode)
    replace_file(file, OLD, NEW)
    assert file.read_bytes() == NEW
    assert stat.S_IMODE(file.stat().st_mode) == mode
    assert names(file.parent) == ["stock.py"]


def test_the_mode_does_not_depend_on_the_umask(file: Path):
    file.chmod(0o664)
    before = os.umask(0o077)
    try:
        replace_file(file, OLD, NEW)
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o664


def test_a_file_that_has_changed_is_left_alone(file: Path):
    file.write_bytes(b"theirs")
    with pytest.raises(NotWrittenError, match="it has changed meanwhile"):
        replace_file(file, OLD, NEW)
    assert file.read_bytes() == b"theirs"
    assert names(file.parent) == ["stock.py"]


def test_a_file_that_changes_while_the_new_one_is_written_is_left_alone(file: Path, monkeypatch):
    write = files._write

    def write_slowly(path: Path, data: bytes) -> None:
        write(path, data)
        file.write_bytes(b"theirs")

    monkeypatch.setattr(files, "_write", write_slowly)
    with pytest.raises(NotWrittenError, match="it has changed meanwhile"):
        replace_file(file, OLD, NEW)
    assert file.read_bytes() == b"theirs"
    assert names(file.parent) == ["stock.py"]


def test_a_link_stays_one_and_what_it_leads_to_is_changed(file: Path, tmp_path: Path):
    away = tmp_path / "elsewhere" / "link.py"
    away.parent.mkdir()
    away.symlink_to(Path("..") / file.name)
    replace_file(away, OLD, NEW)
    assert away.is_symlink()
    assert file.read_bytes() == NEW
    assert (names(away.parent), names(tmp_path)) == (["link.py"], ["elsewhere", "stock.py"])


def test_a_link_in_the_way_to_it_is_followed(file: Path, tmp_path: Path):
    (tmp_path / "other").symlink_to(tmp_path, target_is_directory=True)
    replace_file(tmp_path / "other" / "stock.py", OLD, NEW)
    assert (tmp_path / "other").is_symlink()
    assert file.read_bytes() == NEW


def test_another_name_of_the_file_keeps_the_old_content(file: Path, tmp_path: Path):
    other = tmp_path / "backup.py"
    other.hardlink_to(file)
    replace_file(file, OLD, NEW)
    assert (file.read_bytes(), other.read_bytes()) == (NEW, OLD)


def test_a_read_only_file_is_left_alone(file: Path):
    file.chmod(0o444)
    with pytest.raises(NotWrittenError, match=r"^it is read-only$"):
        replace_file(file, OLD, NEW)
    assert file.read_bytes() == OLD
    assert stat.S_IMODE(file.stat().st_mode) == 0o444


@pytest.mark.skipif(IS_ROOT, reason="root may write everywhere; the next test shows the same with a made error")
def test_a_read_only_directory_is_left_alone(file: Path):
    file.parent.chmod(0o555)
    try:
        with pytest.raises(NotWrittenError, match=r"^it cannot be written: Permission denied$"):
            replace_file(file, OLD, NEW)
    finally:
        file.parent.chmod(0o755)
    assert file.read_bytes() == OLD


@pytest.mark.parametrize("step", ["open", "fsync", "chmod", "replace"])
def test_a_step_that_fails_leaves_nothing(file: Path, monkeypatch, step: str):
    def fail(*_args: object, **_kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path if step in {"chmod", "replace"} else os, step, fail)
    with pytest.raises(NotWrittenError, match=r"^it cannot be written: Permission denied$"):
        replace_file(file, OLD, NEW)
    monkeypatch.undo()
    assert file.read_bytes() == OLD
    assert names(file.parent) == ["stock.py"]


@pytest.mark.parametrize("step", ["fsync", "fdopen", "chmod", "replace"])
def test_an_interrupt_leaves_nothing(file: Path, monkeypatch, step: str):
    def interrupt(*_args: object, **_kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path if step in {"chmod", "replace"} else os, step, interrupt)
    with pytest.raises(KeyboardInterrupt):
        replace_file(file, OLD, NEW)
    monkeypatch.undo()
    assert file.read_bytes() == OLD
    assert names(file.parent) == ["stock.py"]


@pytest.mark.skipif(not IS_ROOT, reason="only root can give files away")
def test_the_owner_is_kept(file: Path):
    os.chown(file, 1234, 4321)
    file.chmod(0o750)
    replace_file(file, OLD, NEW)
    assert (file.stat().st_uid, file.stat().st_gid) == (1234, 4321)
    assert stat.S_IMODE(file.stat().st_mode) == 0o750


@pytest.mark.skipif(not IS_ROOT, reason="only root can give files away")
def test_an_owner_that_cannot_be_kept_is_ours(file: Path, monkeypatch):
    os.chown(file, 1234, 4321)

    def refuse(*_args: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chown", refuse)
    replace_file(file, OLD, NEW)
    assert file.read_bytes() == NEW
    assert file.stat().st_uid == os.geteuid()


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="this system has no extended attributes")
def test_extended_attributes_are_kept(file: Path):
    try:
        os.setxattr(file, "user.note", b"mine")
    except OSError as error:
        pytest.skip(f"this file system has no extended attributes: {error}")
    replace_file(file, OLD, NEW)
    assert os.getxattr(file, "user.note") == b"mine"


def test_what_is_no_file_is_left_alone(tmp_path: Path):
    for path in (tmp_path, tmp_path / "gone.py"):
        with pytest.raises(NotWrittenError):
            replace_file(path, OLD, NEW)
    os.mkfifo(tmp_path / "pipe.py")
    with pytest.raises(NotWrittenError, match="it is no regular file"):
        replace_file(tmp_path / "pipe.py", OLD, NEW)
    assert names(tmp_path) == ["pipe.py"]


def test_a_long_name_is_no_hindrance(tmp_path: Path):
    path = tmp_path / ("a" * 252 + ".py")
    path.write_bytes(OLD)
    replace_file(path, OLD, NEW)
    assert path.read_bytes() == NEW
