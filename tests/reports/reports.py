"""Reports that are made, not found: what a format does with them is tested without a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fenceline.analyzer.finding import Confidence, Edit, Finding, Fix, Hop, Place, Reached, Severity
from fenceline.analyzer.ir import TraceStep
from fenceline.report.document import Report, RunError, Summary, Suppressed
from tests.cli.conftest import made

HOSTILE = {
    "newlines": "a\nb\r\nc\r\n\n## d",
    "commands": "::error file=x::y %0A::set-output name=a::b ##[error]x",
    "percent": "100%25 %0A %",
    "commas": "a,b:c=d;e]f[g",
    "markup": "<script>alert(1)</script> <b>&amp;</b> ]]> <!-- x -->",
    "markdown": "# x | y `z` ``` **b** [l](http://evil.example) ![i](x) ~~~ $x$ @team www.evil.example",
    "backquotes": "`` ``` ```` `",
    "escapes": "\x1b[31mred\x1b[0m \x07\x00\x9b \x7f",
    "characters of no XML": "\x0b\x0c\ufffe\uffff",
    "lone surrogates": "\udcff \ud800 \udc80",
    "non-ASCII": "größe 日本 🔒 é",
    "spaces": "  a  b c ",
    "directions": "a\u202eb\u2066c\u2028d\u2029e",
    "braces": "{0} {{sku}} %s ${x} ${{ secrets.X }}",
    "quotes": "\"a\" 'b' \\ \\n",
    "very long": "x" * 20_000,
}
"""Texts that would be more than text if a format let them."""

FIX = Fix(
    "one_script",
    "unsafe",
    "test and set it in one script",
    (
        Edit("shop/stock.py", 44, 9, 44, 29, "one_script(client, key)"),
        Edit("shop/stock.py", 1, 1, 1, 1, "from shop.scripts import one_script\n"),
    ),
    verified=True,
    states=143,
    why_unsafe="somebody has to look",
    notes=("deploy the script first",),
    digest=(("shop/stock.py", "0" * 64),),
)

REACHED = Reached(
    "view",
    "shop.views.checkout",
    (Hop("shop/views.py", 31, "shop.views.checkout"), Hop("shop/stock.py", 38, "shop.stock.reserve")),
    2,
    "POST",
    "/checkout",
)


def report_of(*findings: Finding, root: Path = Path(), **changes: Any) -> Report:
    summary = Summary(files=3, parsed=2, lines=120, findings=len(findings), seconds=1.25,
                      suppressed=len(changes.get("suppressed", ())), errors=changes.pop("errors", ()))  # fmt: skip
    return Report(findings, summary, root=root, **changes)


def hostile(text: str) -> Report:
    """A report in which everything that comes from code, from comments or from names of files is this text."""
    finding = made(
        path=f"shop/{text}.py",
        function=text,
        message=text,
        premise=text,
        consequence=text,
        related=(Place(f"shop/{text}.py", 44, 44, 9, 29, text),),
        trace=(
            TraceStep("A", f"shop/{text}.py", 41, "read", text, text, text),
            TraceStep("B", f"other/{text}.py", 41, "write", text, text, text),
        ),
        reached=Reached("view", text, (Hop(f"shop/{text}.py", 31, text),), 1, "POST", text),
        fix=Fix("f", "unsafe", text, (Edit(f"shop/{text}.py", 44, 9, 44, 29, text),), why_unsafe=text, notes=(text,)),
    )
    errors = (RunError(f"shop/{text}.py", "unreadable", text, 3, 1), RunError(f"shop/{text}.py", "internal", text))
    suppressed = (Suppressed(finding, "comment", text), Suppressed(finding, "baseline", text))
    return report_of(finding, errors=errors, suppressed=suppressed, with_fixes=True)


def full() -> Report:
    """A report with something of everything."""
    findings = (
        made(fix=FIX, reached=REACHED),
        made(line=60, end_line=60, severity=Severity.WARNING, confidence=Confidence.MEDIUM, function=None),
        made("FEN001", "unused-suppression", path="a b.py", line=3, end_line=3, column=1, end_column=9, trace=(),
             related=(), premise="", consequence="", severity=Severity.INFO, message="FEN201 suppresses nothing here"),
    )  # fmt: skip
    suppressed = (
        Suppressed(made(line=80, end_line=80), "comment", "one worker"),
        Suppressed(made(line=90, end_line=90), "baseline"),
    )
    errors = (RunError("shop/broken.py", "unreadable", "invalid syntax", 7, 3),)
    return report_of(*findings, suppressed=suppressed, errors=errors, with_fixes=True)
