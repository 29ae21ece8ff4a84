"""What a text of changes makes of the columns of a document."""

from __future__ import annotations

import pytest

from fenceline.analyzer import ir
from fenceline.analyzer.document_changes import changes_in_text
from fenceline.analyzer.values import NONE, Data, Fields

VALUES = Fields({":n": Data(ir.Arg("n")), ":s": Data(ir.Const("paid"))})
NAMES = Fields({"#s": Data(ir.Const("state"))})


def changed(text: str) -> dict[str, object]:
    found = changes_in_text(Data(ir.Const(text)), NAMES, VALUES)
    assert found is not None
    return dict(found)


def computed(label: str, column: str, *terms: ir.Term) -> Data:
    return Data(ir.Apply(label, (ir.Old(), *terms)), column=column)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SET #s = :s", {"state": Data(ir.Const("paid"))}),
        ("set stock = stock - :n", {"stock": computed("-", "stock", ir.Arg("n"))}),
        ("SET stock = :n + stock", {"stock": computed("+", "stock", ir.Arg("n"))}),
        ("ADD stock :n", {"stock": computed("+", "stock", ir.Arg("n"))}),
        ("DELETE tags :n", {"tags": computed("without", "tags", ir.Arg("n"))}),
        ("REMOVE hold, #s", {"hold": NONE, "state": NONE}),
        ("SET #s = :s, n = :n REMOVE hold", {"state": Data(ir.Const("paid")), "n": Data(ir.Arg("n")), "hold": NONE}),
        (
            "SET n = if_not_exists(n, :n)",
            {"n": computed("if_not_exists(n, :n)", "n", ir.Arg("n"))},
        ),
    ],
)
def test_changes(text: str, expected: dict[str, object]):
    assert changed(text) == expected


@pytest.mark.parametrize("text", ["", "nothing that is known", "SET stock"])
def test_what_is_not_understood(text: str):
    assert changes_in_text(Data(ir.Const(text)), None, VALUES) is None


def test_a_text_that_is_not_in_the_source():
    assert changes_in_text(Data(ir.Arg("expression")), None, VALUES) is None
