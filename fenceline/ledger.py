"""Suppressions applied to the findings of a run, and what is found wrong with the suppressions themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from fenceline.analyzer.finding import Confidence, Finding, Fix, fingerprint_of
from fenceline.report.document import Suppressed
from fenceline.rules import suppression_without_reason, unused_suppression
from fenceline.rules.rule import Rule
from fenceline.selection import codes_of, nearest_selector
from fenceline.suppressions import IGNORE_FILE, NOQA, Selector, Suppression

UNUSED = unused_suppression.RULE
REASONLESS = suppression_without_reason.RULE

Load = Callable[[str], tuple[Suppression, ...]]


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding about a suppression; ``number`` tells which of its file."""

    finding: Finding
    number: int


@dataclass(frozen=True, slots=True)
class Unused:
    """What has suppressed nothing: one selector of a suppression, or with None all of a blanket one."""

    path: str
    number: int
    suppression: Suppression
    selector: Selector | None = None

    @property
    def rank(self) -> tuple[int, int]:
        """Those for fewer findings first: a blanket one may yet suppress what is said of the others."""
        return self.suppression.is_blanket, self.suppression.kind == IGNORE_FILE


class Ledger:
    """The suppressions of a run, and which of them have suppressed something.

    ``known`` are the suppressions of the files that have been read; ``load`` gives those of any other file, in which a
    finding may stand too.
    """

    def __init__(self, rules: Sequence[Rule], known: Mapping[str, tuple[Suppression, ...]], load: Load) -> None:
        self._rules = rules
        self._known = dict(known)
        self._load = load
        self._places: dict[str, dict[int, list[int]]] = {}
        self._codes: dict[str, frozenset[str]] = {}
        self._used: set[tuple[str, int, Selector | None]] = set()

    def split(self, findings: Iterable[Finding]) -> tuple[list[Finding], list[Suppressed]]:
        """The findings to show, and those that a suppression hides."""
        shown: list[Finding] = []
        hidden: list[Suppressed] = []
        for one in findings:
            self._sort(one, None, shown, hidden)
        return shown, hidden

    def sort_out(self, remarks: Iterable[Remark], shown: list[Finding], hidden: list[Suppressed]) -> None:
        """Add what is said of suppressions to either; a blanket one does not hide what is said of itself."""
        for one in remarks:
            self._sort(one.finding, one.number, shown, hidden)

    def _sort(self, finding: Finding, about: int | None, shown: list[Finding], hidden: list[Suppressed]) -> None:
        hiding = self._hiding(finding, about)
        if hiding:
            reason = next((one.reason for one in hiding if one.reason), "")
            hidden.append(Suppressed(finding, "comment", reason))
        else:
            shown.append(finding)

    def _hiding(self, finding: Finding, about: int | None) -> list[Suppression]:
        """The suppressions that hide a finding; each counts as used from then on."""
        hiding: list[Suppression] = []
        for number in self._speaking_of(finding):
            one = self._of(finding.path)[number]
            if one.is_blanket:
                if number != about:
                    self._used.add((finding.path, number, None))
                    hiding.append(one)
                continue
            for selector in one.selectors:
                if finding.rule in self.codes(selector):
                    self._used.add((finding.path, number, selector))
                    hiding.append(one)
        return hiding

    def codes(self, selector: Selector) -> frozenset[str]:
        """The rules that a selector speaks of."""
        if selector.text not in self._codes:
            self._codes[selector.text] = codes_of(self._rules, selector.text)
        return self._codes[selector.text]

    def wanted(self, unused: Unused) -> frozenset[str]:
        """The rules that something unused speaks of."""
        if unused.selector is not None:
            return self.codes(unused.selector)
        return frozenset(rule.code for rule in self._rules)

    def unused(self, path: str, selected: frozenset[str]) -> Iterator[Unused]:
        """What has suppressed nothing in a file so far, of what is for one of the selected rules or for none at all."""
        for number, one in enumerate(self._of(path)):
            if one.problem:
                yield Unused(path, number, one)
            elif one.is_blanket:
                if one.kind != NOQA and (path, number, None) not in self._used:
                    yield Unused(path, number, one)
            else:
                for selector in one.selectors:
                    codes = self.codes(selector)
                    is_judged = (codes & selected and UNUSED.code not in codes) or not codes
                    if is_judged and (path, number, selector) not in self._used:
                        yield Unused(path, number, one, selector)

    def may_be_used(self, unused: Unused) -> bool:
        """Whether a closer look could show that it is used: it can be read, and speaks of rules that exist."""
        return not unused.suppression.problem and bool(self.wanted(unused))

    def reasonless(self, path: str) -> Iterator[Remark]:
        """FEN002 for the suppressions of a file that name Fenceline or a rule of it and say no more."""
        for number, one in enumerate(self._of(path)):
            is_ours = one.kind != NOQA or one.selectors
            if is_ours and not one.problem and not one.reason:
                message = "the suppression gives no reason: nobody can tell when it has to go"
                yield Remark(_about(REASONLESS, path, one, None, message), number)

    def remarks(
        self,
        unused: Iterable[Unused],
        doubtful: frozenset[str] = frozenset(),
        fix_of: Callable[[Unused], Fix | None] = lambda _: None,
    ) -> Iterator[Remark]:
        """FEN001, what is for fewer findings first; at low confidence for files that not all callers are known of.

        ``fix_of`` makes the fix of what is surely unused.
        """
        for one in sorted(unused, key=lambda each: each.rank):
            is_sure = one.path not in doubtful or not self.may_be_used(one)
            finding = _about(
                UNUSED, one.path, one.suppression, one.selector, self._what_is_wrong(one),
                Confidence.HIGH if is_sure else Confidence.LOW,
            )  # fmt: skip
            fix = fix_of(one) if self._is_fixable(one, is_sure=is_sure) else None
            yield Remark(replace(finding, fix=fix), one.number)

    def _is_fixable(self, unused: Unused, *, is_sure: bool) -> bool:
        """A rule that does not exist may be one that is misspelt: that is for a person to mend."""
        return is_sure and (unused.selector is None or bool(self.codes(unused.selector)))

    def _what_is_wrong(self, unused: Unused) -> str:
        one, selector = unused.suppression, unused.selector
        if one.problem:
            return f"the suppression cannot be read ({one.problem}), so it suppresses nothing"
        where = "in this file" if one.kind == IGNORE_FILE else "here"
        if selector is None:
            return f"nothing is found that this comment suppresses {where}: it would hide the next finding, of any rule"
        if not self.codes(selector):
            return f"{selector.text}: no such rule, so it suppresses nothing" + nearest_selector(
                self._rules, selector.text
            )
        return f"{selector.text} suppresses nothing {where}: it would hide the next finding of its kind"

    def _of(self, path: str) -> tuple[Suppression, ...]:
        if path not in self._known:
            self._known[path] = self._load(path)
        return self._known[path]

    def _speaking_of(self, finding: Finding) -> Iterator[int]:
        """The numbers of the suppressions that speak of a place, looked up by its first and its last line."""
        if not (known := self._of(finding.path)):
            return
        if finding.path not in self._places:
            self._places[finding.path] = _by_line(known)
        by_line = self._places[finding.path]
        end_line = finding.end_line - (finding.end_column == 1 and finding.end_line > finding.line)
        for number in sorted({n for line in (0, finding.line, end_line) for n in by_line.get(line, ())}):
            if known[number].covers(finding.line, end_line):
                yield number


def _by_line(suppressions: Sequence[Suppression]) -> dict[int, list[int]]:
    """The numbers of those that may speak of a line, of a whole file under 0."""
    found: dict[int, list[int]] = {}
    for number, one in enumerate(suppressions):
        lines = {0} if one.kind == IGNORE_FILE else {one.line, *range(one.first, one.last + 1)} - {0}
        for line in lines:
            found.setdefault(line, []).append(number)
    return found


def _about(
    rule: Rule, path: str, suppression: Suppression, selector: Selector | None, message: str,
    confidence: Confidence = Confidence.HIGH,
) -> Finding:  # fmt: skip
    """A finding that stands at a suppression, or at one of its codes."""
    column = selector.column if selector is not None else suppression.column
    end = column + len(selector.text) if selector is not None else suppression.end_column
    key = selector.text.upper() if selector is not None else ""
    return Finding(
        rule=rule.code, name=rule.name, path=path, line=suppression.line, column=column, end_line=suppression.line,
        end_column=end, function=suppression.function, severity=rule.severity, confidence=confidence, message=message,
        fingerprint=fingerprint_of(rule.code, suppression.function, key, suppression.text),
    )  # fmt: skip
