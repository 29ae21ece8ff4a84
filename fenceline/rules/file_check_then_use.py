"""Whether a file is there is asked first, and acted on by another call: in between it comes or goes.

What it claims
--------------
The entry asks whether a path exists, and then creates, removes, renames or makes a directory of the same path by
another call, on the strength of the answer. The path is one that other runs use too: from the settings, from an
argument, a constant. Or a file is changed without the lock between processes under which the same module changes such
files elsewhere. Or the name of a file is sent to another process while what was written to it is neither flushed nor
closed.

Why it matters
--------------
Two runs get the same answer. The second ``makedirs`` or ``remove`` fails with an error that nobody expects there, the
second ``open(…, "w")`` empties the file that the first has just begun to write. A quick worker opens a file that is
still empty.

When it is fine
---------------
One call asks and acts: ``open(…, "x")``, ``exist_ok=True``, ``missing_ok=True``; the error is caught
(``FileExistsError``, ``FileNotFoundError``); the file is written under a name of its own and moved to its place by
``os.replace``; a file lock is held around both; the path is that of a temporary file, or carries a random name. Low:
a file that is found and read; a path that is made of arguments, where no request, task or consumer is seen to be it.
"""

from __future__ import annotations

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN212",
    name="file-check-then-use",
    summary="whether a file is there is asked first and acted on by another call",
    doc=__doc__,
    severity=Severity.WARNING,
    query=query_in("fenceline.queries.file_check_then_use"),
    fixers=("make_directory_once",),
    references=(
        "https://docs.python.org/3/library/functions.html#open",
        "https://cwe.mitre.org/data/definitions/367.html",
    ),
    examples=(
        Example(
            title="a directory that two workers make when they start",
            bad="""import os

EXPORTS = "/var/lib/shop/exports"


def prepare():
    if not os.path.exists(EXPORTS):
        os.makedirs(EXPORTS)
""",
            good="""import os

EXPORTS = "/var/lib/shop/exports"


def prepare():
    os.makedirs(EXPORTS, exist_ok=True)
""",
        ),
        Example(
            title="a file that is removed twice, and one that is written twice",
            bad="""from pathlib import Path

STATE = Path("/var/lib/shop/state.json")


def reset(text):
    if STATE.exists():
        STATE.unlink()


def begin(text):
    if not STATE.exists():
        STATE.write_text(text)
""",
            good="""from pathlib import Path

STATE = Path("/var/lib/shop/state.json")


def reset(text):
    STATE.unlink(missing_ok=True)


def begin(text):
    try:
        with STATE.open("x") as file:
            file.write(text)
    except FileExistsError:
        pass
""",
        ),
    ),
)
