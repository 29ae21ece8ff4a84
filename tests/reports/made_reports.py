"""Reports made in memory, and projects on disk for them to be about."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fenceline.analyzer.finding import Confidence, Edit, Finding, Fix, Hop, Place, Reached, Severity
from fenceline.analyzer.ir import TraceStep
from fenceline.report.document import Report, RunError, Summary, Suppressed

SOURCE = '''"""Stock of the shop."""

import redis

client = redis.Redis()


def reserve(sku, quantity):
    left = int(client.get(f"stock:{sku}"))  # how many are there
    if left < quantity:
        return False
    client.decrby(f"stock:{sku}", quantity)
    return True
'''

RACE = (
    TraceStep("A", "shop/stock.py", 9, "read", "GET stock:{sku}", "v0", "", "redis"),
    TraceStep("B", "shop/stock.py", 9, "read", "GET stock:{sku}", "v0", "", "redis"),
    TraceStep("B", "shop/stock.py", 12, "write", "DECRBY stock:{sku}", "v1", "", "redis"),
    TraceStep(
        "A", "shop/stock.py", 12, "write", "DECRBY stock:{sku}", "v2", "decided on v0, which B has replaced", "redis"
    ),
)
FIX = Fix(
    "decide_in_script",
    "unsafe",
    "Test and change in one script",
    (Edit("shop/stock.py", 9, 5, 9, 43, 'left = take(f"stock:{sku}")'), Edit("shop/stock.py", 12, 1, 13, 1, "")),
    verified=True,
    states=55,
    notes=("run the migration first",),
    why_unsafe="a stock that is no number is now an error",
)


def finding(**fields: Any) -> Finding:
    """A finding in ``shop/stock.py``; ``fields`` take the place of what it would have."""
    made: dict[str, Any] = {
        "rule": "FEN201",
        "name": "get-then-update",
        "path": "shop/stock.py",
        "line": 9,
        "column": 12,
        "end_line": 9,
        "end_column": 43,
        "function": "reserve",
        "severity": Severity.ERROR,
        "confidence": Confidence.HIGH,
        "message": "stock:{sku} is read (GET), tested and then changed (DECRBY) by separate commands",
        "related": (Place("shop/stock.py", 12, 12, 5, 44, "changed here"),),
        "trace": RACE,
        "premise": "two runs run reserve(sku, quantity) at once",
        "consequence": "no serial order of the two runs ends like this",
        "reached": Reached(
            "view",
            "views.reserve",
            (Hop("shop/views.py", 20, "reserve_view"), Hop("shop/stock.py", 8, "reserve")),
            2,
            "POST",
            "/reserve/",
        ),
    }
    made |= fields
    seed = f"{made['rule']}{made['path']}{made['line']}{made['message']}"
    made.setdefault("fingerprint", hashlib.sha256(seed.encode("utf-8", "surrogatepass")).hexdigest()[:32])
    return Finding(**made)


def report(
    findings: Sequence[Finding],
    root: Path = Path("/nowhere/shop-project"),
    suppressed: Sequence[Suppressed] = (),
    errors: Sequence[RunError] = (),
    **fields: Any,
) -> Report:
    """A report on them."""
    figures: dict[str, Any] = {"files": 7, "parsed": 5, "lines": 1234, "seconds": 1.5}
    summary = Summary(findings=len(findings), suppressed=len(suppressed), errors=tuple(errors), **figures)
    return Report(tuple(findings), summary, True, tuple(suppressed), root, **fields)


def project(root: Path, files: Mapping[str, str] | None = None) -> Path:
    """A project on disk; with ``shop/stock.py`` where nothing else is asked for."""
    for path, text in (files or {"shop/stock.py": SOURCE}).items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8", "surrogateescape"))
    return root


def many(count: int, root: Path) -> Report:
    """As many findings as asked for, of all kinds, in one file a dozen; the files are there."""
    severities, confidences, rules = list(Severity), list(Confidence), _rules()
    files = {f"app{number % 40}/part{number}.py": SOURCE for number in range(count // 12 + 1)}
    project(root, files)
    paths = list(files)
    made = []
    for number in range(count):
        path = paths[number // 12]
        code, name = rules[number % len(rules)]
        trace = tuple(TraceStep(s.actor, path, s.line, s.kind, s.text, s.value, s.note, s.store) for s in RACE)
        edits = tuple(Edit(path, e.line, e.column, e.end_line, e.end_column, e.text) for e in FIX.edits)
        fix = Fix(FIX.fixer, ("safe", "unsafe")[number % 2], FIX.title, edits, True, 55) if number % 3 else None
        made.append(
            finding(
                rule=code,
                name=name,
                path=path,
                function=f"reserve_{number}",
                message=f"stock:{number} is read, tested and then changed by separate commands",
                severity=severities[number % 3],
                confidence=confidences[number // 3 % 3],
                related=(Place(path, 12, 12, 5, 44, "changed here"),),
                trace=trace,
                fix=fix,
            )
        )
    return report(made, root)


def _rules() -> list[tuple[str, str]]:
    from fenceline.rules import all_rules

    return [(rule.code, rule.name) for rule in all_rules()]
