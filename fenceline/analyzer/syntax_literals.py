"""The values of literals, from their text."""

from __future__ import annotations

import re
import unicodedata

_ESCAPE = re.compile(
    r"\\(?:(\r\n|\r|\n)|([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|N\{([^}]+)\}|(.))", re.DOTALL
)
_BYTES_ESCAPE = re.compile(rb"\\(?:(\r\n|\r|\n)|([0-7]{1,3})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_SIMPLE = {
    "\\": "\\",
    "'": "'",
    '"': '"',
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
_SIMPLE_BYTES = {key.encode(): value.encode() for key, value in _SIMPLE.items()}


_QUOTES = frozenset({"'", '"', ""})  # and the end of the text


def string_value(text: str) -> str | bytes:
    """The value of one string or bytes literal without replacement fields, prefix and quotes included in the text."""
    if text[0] in "'\"" and "\\" not in text and "\r" not in text:
        return split_string(text)[1]
    prefix, content = split_string(text)
    if "b" not in prefix:
        return unescaped(content, prefix)
    return _bytes_value(content, is_raw="r" in prefix)


def split_string(text: str) -> tuple[str, str]:
    """The prefix in lower case, and what stands between the quotes."""
    start = 0
    while text[start : start + 1] not in _QUOTES:
        start += 1
    width = 3 if text[start : start + 3] == text[start : start + 1] * 3 and len(text) >= start + 6 else 1
    return text[:start].lower(), text[start + width : len(text) - width]


def unescaped(content: str, prefix: str) -> str:
    """The text that a piece of a str literal stands for."""
    if "\r" in content:
        content = content.replace("\r\n", "\n").replace("\r", "\n")
    if "r" in prefix or "\\" not in content:
        return content
    return _ESCAPE.sub(_character, content)


def _character(match: re.Match[str]) -> str:
    newline, octal, two, four, eight, name, other = match.groups()
    if newline:
        return ""
    if octal:
        return chr(int(octal, 8))
    digits = two or four or eight
    if digits:
        return chr(int(digits, 16)) if int(digits, 16) <= 0x10FFFF else match.group()
    if name:
        return _named_character(name) or match.group()
    return _SIMPLE.get(other, match.group())


def _named_character(name: str) -> str | None:
    try:
        return unicodedata.lookup(name)
    except KeyError:
        return None


def _bytes_value(content: str, *, is_raw: bool) -> bytes:
    data = content.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "surrogatepass")
    return data if is_raw or b"\\" not in data else _BYTES_ESCAPE.sub(_byte, data)


def _byte(match: re.Match[bytes]) -> bytes:
    newline, octal, two, other = match.groups()
    if newline:
        return b""
    if octal:
        return bytes([int(octal, 8) & 0xFF])
    if two:
        return bytes([int(two, 16)])
    return _SIMPLE_BYTES.get(other, match.group())


def number_value(text: str) -> int | float | complex | str:
    """The value of a number; its text when Python would refuse it."""
    try:
        return int(text, 0)
    except ValueError:
        pass
    for read in (float, complex, _old_integer):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def _old_integer(text: str) -> int:
    """Python 2: ``0777`` and ``10L``."""
    digits = text.rstrip("lL")
    return int(digits, 8 if digits.startswith("0") and digits.isdigit() else 0)
