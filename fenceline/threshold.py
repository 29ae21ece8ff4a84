"""What a finding must come up to for a run to fail."""

from __future__ import annotations

from dataclasses import dataclass

from fenceline.analyzer.finding import Confidence, Finding, Severity

THRESHOLDS = "SEVERITY, CONFIDENCE or SEVERITY/CONFIDENCE (info, warning, error; low, medium, high)"
"""What a threshold is written as."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """The least severity and confidence; without more said, those of any finding."""

    severity: Severity = Severity.INFO
    confidence: Confidence = Confidence.LOW

    def __str__(self) -> str:
        return f"{self.severity}/{self.confidence}"

    def is_met_by(self, finding: Finding) -> bool:
        """Whether a finding is at least as bad, and as sure."""
        return finding.severity >= self.severity and finding.confidence >= self.confidence


ANYTHING = Threshold()


def threshold_from(text: str) -> Threshold:
    """``error``, ``high`` and ``warning/high`` as thresholds. Raises ValueError with what a threshold is."""
    severities = {str(one): one for one in Severity}
    confidences = {str(one): one for one in Confidence}
    severity, slash, confidence = text.strip().lower().partition("/")
    if not slash and severity in confidences:
        severity, confidence = "", severity
    if severity not in {"", *severities} or confidence not in {"", *confidences} or not severity + confidence:
        raise ValueError(THRESHOLDS)
    return Threshold(severities.get(severity, Severity.INFO), confidences.get(confidence, Confidence.LOW))
