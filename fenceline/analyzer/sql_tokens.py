"""SQL text as tokens nested by parentheses: enough structure to find clauses without a grammar for every dialect."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Token:
    """kind: word | quoted | string | number | placeholder | operator. A word's text is in lower case."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """What stands between two parentheses."""

    items: tuple[Node, ...]


Node = Token | Group

_PATTERN = re.compile(
    r"""
      (?P<space>\s+|--[^\n]*|/\*.*?\*/)
    | (?P<string>[EeNn]?'(?:[^']|'')*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
    | (?P<quoted>"(?:[^"]|"")*"|`[^`]*`)
    | (?P<placeholder>%\(\w+\)s|%s|\$\d+|\?(?![|&?])|:\w+|\{\w*\})
    | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<word>[^\W\d]\w*)
    | (?P<operator>::|<=|>=|<>|!=|\|\||->>|->|\#>>|\#>|@>|<@|&&|%%|!~\*|~\*|[-+*/%<>=,.;~&|^@\#!\[\]:?()])
    """,
    re.VERBOSE | re.DOTALL,
)


def tokens_of(text: str) -> list[Token] | None:
    """The tokens of a text, None when a character has no place in SQL."""
    found = []
    position = 0
    while position < len(text):
        match = _PATTERN.match(text, position)
        if match is None:
            return None
        position = match.end()
        kind = match.lastgroup or ""
        if kind == "tag":
            kind = "string"
        if kind != "space":
            found.append(_token(kind, match.group()))
    return found


def _token(kind: str, text: str) -> Token:
    if kind == "quoted":
        return Token("quoted", text[1:-1].replace('""', '"'))
    if kind == "string" and not text.startswith("$"):
        return Token("string", text[text.index("'") + 1 : -1].replace("''", "'"))
    if kind == "word":
        return Token("word", text if text.startswith("__hole") else text.lower())
    return Token(kind, text)


def nest(tokens: Iterable[Token]) -> tuple[Node, ...] | None:
    """Tokens grouped by parentheses, None when these do not match."""
    stack: list[list[Node]] = [[]]
    for token in tokens:
        if token == Token("operator", "("):
            stack.append([])
        elif token == Token("operator", ")"):
            if len(stack) == 1:
                return None
            inner = Group(tuple(stack.pop()))
            stack[-1].append(inner)
        else:
            stack[-1].append(token)
    return tuple(stack[0]) if len(stack) == 1 else None


def is_word(node: Node | None, *words: str) -> bool:
    """Is the node one of these keywords?"""
    return isinstance(node, Token) and node.kind == "word" and node.text in words


def is_operator(node: Node | None, *texts: str) -> bool:
    """Is the node one of these operators?"""
    return isinstance(node, Token) and node.kind == "operator" and node.text in texts


def is_name(node: Node | None) -> bool:
    """Can the node be an identifier (keywords included)?"""
    return isinstance(node, Token) and node.kind in {"word", "quoted"}


def split_at(nodes: Sequence[Node], separator: str) -> list[tuple[Node, ...]]:
    """The parts between the occurrences of an operator (``,``, ``;``), empty ones left out."""
    parts: list[list[Node]] = [[]]
    for node in nodes:
        if is_operator(node, separator):
            parts.append([])
        else:
            parts[-1].append(node)
    return [tuple(part) for part in parts if part]


def clauses(nodes: Sequence[Node], starts: frozenset[str]) -> dict[str, tuple[Node, ...]]:
    """The nodes after each of these keywords, up to the next one; under '' those before the first.

    ``IS DISTINCT FROM`` starts no clause, nor does a name after a dot.
    """
    found: dict[str, list[Node]] = {"": []}
    current = ""
    for index, node in enumerate(nodes):
        before = nodes[index - 1] if index else None
        is_start = is_word(node, *starts) and not is_operator(before, ".")
        if is_start and not (is_word(node, "from") and is_word(before, "distinct")):
            assert isinstance(node, Token)
            current = node.text if node.text not in found else current
            found.setdefault(current, [])
        else:
            found[current].append(node)
    return {name: tuple(part) for name, part in found.items()}
