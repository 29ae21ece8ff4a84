"""How FEN309 (non-idempotent-webhook) is looked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fenceline.analyzer import ir
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.lower_state import Fact
from fenceline.analyzer.lower_webhooks import VERIFIED
from fenceline.analyzer.repeats import candidate_for, repeated_effects, told
from fenceline.queries.proposal import Proposal

_SOMEBODY = "the sender"


def query(flow: Flow) -> Iterator[Proposal]:
    """The effects of views that know their requests to be a service's."""
    effects = list(repeated_effects(flow, with_sends=False))
    if not effects:
        return
    registered = next((way for way in flow.entry.ways() if way.word("webhook")), None)
    verified = [one for one in flow.lowered.facts if one.kind == VERIFIED and one.op in flow.places]
    if not (registered or verified) or (registered is None and not _answers_requests(flow, verified)):
        return
    for effect in effects:
        if registered is not None:
            yield _proposal(flow, effect, registered.word("webhook"), None)
            continue
        before = [one for one in verified if flow.is_before(one.op, effect.op)]
        if before:
            yield _proposal(flow, effect, before[0].target, before[0])


def _answers_requests(flow: Flow, verified: list[Fact]) -> bool:
    """Whether the function is a view, or nobody knows who calls it and it verifies the signature itself."""
    if flow.entry.what:
        return any(way.what == "view" for way in flow.entry.ways())
    own, path = flow.lowered.node.span, flow.lowered.path
    return any(one.op.path == path and own.line <= one.op.span.line <= own.end_line for one in verified)


def _proposal(flow: Flow, effect: Fact, sender: str, verified: Fact | None) -> Proposal:
    function, who = flow.lowered.function, sender or _SOMEBODY
    is_keyless = isinstance(effect.op, ir.External) and effect.op.idempotency_key is None
    key = ", without an idempotency key" if is_keyless else ""
    is_certain = verified is None or not verified.hint
    related = [(effect.op.span, effect.op.path, "repeated when the request comes again")]
    if verified is not None:
        related.append((verified.op.span, verified.op.path, "the signature is verified here"))
    return Proposal(
        message=f"{function} {told(effect)}{key}, and {who} sends a request again that is not answered in time: "
        "the effect happens twice",
        key=function,
        span=effect.op.span,
        path=effect.op.path,
        evidence=effect.evidence if sender else "shape",
        candidate=replace(candidate_for(flow, effect), acked_at_end=True),
        related=related,
        pair=frozenset({(effect.op, "repeat")}),
        group=flow.lowered.node,
        is_certain=is_certain,
        suspicion="" if is_certain else f"{who} repeats some requests only",
        premise=f"a worker runs {function} and is stopped before it has answered; {who} sends the request again",
        consequence="one request would have done it once",
    )
