"""How far apart the runs of a cron schedule are at the least."""

from __future__ import annotations

from collections.abc import Iterator

_MINUTE, _DAY = 60.0, 86_400.0


def shortest_gap(minute: str = "*", hour: str = "*", second: str = "0") -> float | None:
    """The shortest time between two runs in seconds, by the fields of the time of day; None for what cannot be read.

    Fields of days only leave runs out, so that the answer is then a lower bound.
    """
    fields = [_numbers(second, 60), _numbers(minute, 60), _numbers(hour, 24)]
    if any(one is None for one in fields):
        return None
    seconds, minutes, hours = ([] if one is None else one for one in fields)
    moments = sorted({h * 3600 + m * 60 + s for h in hours for m in minutes for s in seconds})
    if not moments:
        return None
    return float(min(after - before for before, after in _neighbours(moments)))


def gap_of_expression(text: str) -> float | None:
    """The same for an expression of five fields, or of six that begin with seconds, or a word such as ``@hourly``."""
    words = {"@hourly": 3600.0, "@daily": _DAY, "@midnight": _DAY, "@weekly": 7 * _DAY, "@monthly": 28 * _DAY}
    if text.strip() in words:
        return words[text.strip()]
    parts = text.split()
    match len(parts):
        case 5:
            return shortest_gap(parts[0], parts[1])
        case 6:
            return shortest_gap(parts[1], parts[2], parts[0])
        case _:
            return None


def _neighbours(moments: list[int]) -> Iterator[tuple[int, int]]:
    yield from zip(moments, [*moments[1:], moments[0] + int(_DAY)], strict=True)


def _numbers(field: str, limit: int) -> list[int] | None:
    """The values that a field allows: lists, ranges and steps of numbers below the limit."""
    found: set[int] = set()
    for part in field.replace(" ", "").split(","):
        span, _, step = part.partition("/")
        if span == "*":
            first, last = 0, limit - 1
        else:
            low, dash, high = span.partition("-")
            if not low.isdecimal() or (dash and not high.isdecimal()):
                return None
            first = int(low)
            last = int(high) if dash else (limit - 1 if step else first)
        if (step and not step.isdecimal()) or step == "0" or last >= limit:
            return None
        found.update(range(first, last + 1, int(step or 1)))
    return sorted(found)
