"""How a view knows that a request is from the service that it pretends to be: such requests come again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fenceline.analyzer import ir
from fenceline.analyzer.lower_state import Call, Fact
from fenceline.analyzer.lowering import Lowering
from fenceline.analyzer.values import Data, Value, term_of

VERIFIED = "webhook"
"""The kind of the fact; its target is the service, '' where the signature is computed by hand."""

MAC = "mac"
"""What a keyed digest is called in terms: a value of the meaning ``mac``."""


def _verify(low: Lowering, call: Call) -> Value:
    """A library compares the signature of a request with its body."""
    return _verified(low, call, str(call.data("what") or ""), "" if call.data("certain") is not False else "sender")


def _compare(low: Lowering, call: Call) -> Value:
    """Two texts are compared in constant time: a signature, if one is computed from the body of a request."""
    terms = [term_of(one) for one in call.arguments.values()]
    signed = [any(_is_signature(low, one) for one in _parts(term)) for term in terms]
    if len(terms) == 2 and signed.count(True) == 1:
        return _verified(low, call, "", "")
    return Data(ir.Apply(call.operation.name, tuple(terms)))


def _verified(low: Lowering, call: Call, sender: str, hint: str) -> Value:
    op = ir.Slow(call.span, low.path, f"VERIFY {sender or 'signature'}", 0.0)
    low.record(Fact(op, VERIFIED, target=sender, hint=hint))
    return Data(ir.Apply(call.operation.name, tuple(term_of(one) for one in call.arguments.values())))


def _is_signature(low: Lowering, term: ir.Term) -> bool:
    """Whether a term is a keyed digest over what a request carries."""
    if not isinstance(term, ir.Apply) or term.label != MAC:
        return False
    return any(_is_body(low, part) for one in term.args for part in _parts(one))


def _is_body(low: Lowering, term: ir.Term) -> bool:
    """``request.body``, ``await request.body()``, ``request.get_data()``."""
    name = term.label if isinstance(term, ir.Apply | ir.Shared) else ""
    return name.rpartition(".")[2] in low.models.bodies and "." in name


def _parts(term: ir.Term) -> Iterator[ir.Term]:
    yield term
    if isinstance(term, ir.Apply):
        for one in term.args:
            yield from _parts(one)


WEBHOOK_HANDLERS: dict[str, Callable[[Lowering, Call], Value]] = {
    "webhook.verify": _verify,
    "webhook.compare": _compare,
}
