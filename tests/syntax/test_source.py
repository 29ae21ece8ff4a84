from __future__ import annotations

import codecs
import os
from pathlib import Path

import pytest

from fenceline.analyzer.source import SIZE_LIMIT, SourceError, decode_source, read_source, source_from_text

HERE = Path("shop.py")


def test_utf8_is_the_default():
    assert decode_source(HERE, "name = 'é'\n".encode()).text == "name = 'é'\n"


def test_a_byte_order_mark_is_no_part_of_the_text():
    source = decode_source(HERE, codecs.BOM_UTF8 + b"x = 1\n")
    assert source.text == "x = 1\n"
    assert source.data == b"x = 1\n"


@pytest.mark.parametrize(
    "cookie", ["# -*- coding: latin-1 -*-", "#!/usr/bin/python\n# vim: set fileencoding=latin-1 :"]
)
def test_a_coding_cookie_is_obeyed(cookie: str):
    source = decode_source(HERE, f"{cookie}\nname = 'é'\n".encode("latin-1"))
    assert source.text.endswith("name = 'é'\n")
    assert source.data == source.text.encode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"x = 1\ny = '\0'\n", "contains a NUL byte in line 2"),
        (b"x = 1\ny = '\xff'\n", "cannot be decoded as utf-8 in line 2"),
        (b"a\nb\nc\ny = '\xff'\n", "cannot be decoded as utf-8 in line 4"),
        (b"# coding: klingon\n", "cannot be decoded: unknown encoding: klingon"),
        (b"# coding: rot13\n", "cannot be decoded as rot13"),
        (b"# coding: unicode_escape\nx = '\\ud800'\n", "cannot be decoded as unicode_escape"),
        (codecs.BOM_UTF8 + b"# coding: latin-1\n", "cannot be decoded: encoding problem: utf-8"),
        (codecs.BOM_UTF16 + "x".encode("utf-16-le"), "contains a NUL byte in line 1"),
        (b"#" * (SIZE_LIMIT + 1), "is too large: 5,000,001 bytes, the limit is 5,000,000"),
    ],
)
def test_what_cannot_be_decoded_is_refused_in_one_line(data: bytes, message: str):
    with pytest.raises(SourceError) as caught:
        decode_source(HERE, data)
    assert caught.value.message == message
    assert str(caught.value) == f"shop.py: {message}"


def test_a_directory_a_pipe_and_a_missing_file_are_refused(tmp_path: Path):
    (tmp_path / "package.py").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    messages = []
    for path in (tmp_path / "package.py", tmp_path / "pipe.py", tmp_path / "none.py", Path("nul\0.py")):
        with pytest.raises(SourceError) as caught:
            read_source(path)
        messages.append(caught.value.message)
    assert messages == [
        "is a directory",
        "is not a regular file",
        "cannot be read: No such file or directory",
        "cannot be read: not a valid path",
    ]


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path):
    path = tmp_path / "generated.py"
    with path.open("wb") as file:
        file.truncate(SIZE_LIMIT + 1)
    with pytest.raises(SourceError, match="is too large"):
        read_source(path)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_and_places(end: str):
    source = source_from_text(end.join(["first", "", "third é x", ""]))
    assert source.line_count == 3
    assert [source.line(n) for n in range(6)] == ["", "first", "", "third é x", "", ""]
    assert source.place(source.offset(3, 9)) == (3, 9)
    assert source.text[source.offset(3, 9)] == "x"


def test_an_empty_text_has_no_line():
    assert source_from_text("").line_count == 0
