"""How values are written in a trace: as in the source, and short enough to be read."""

from __future__ import annotations

from fenceline.analyzer import ir
from fenceline.analyzer.brevity import LONGEST, brief
from fenceline.analyzer.values import show

USER = ir.Arg("user")
REQUEST = ir.Apply(".data", (ir.Arg("request"),))


def test_a_foreign_key_is_the_attribute_that_leads_there():
    assert show(ir.Apply("fk", (ir.Arg("photo"), ir.Const("owner")))) == "photo.owner"


def test_a_copy_of_a_mapping_is_no_empty_one():
    term = ir.Apply("[]", (ir.Apply("dict", (REQUEST,)), ir.Const("hashes")))
    assert show(term) == "dict(request.data)[hashes]"


def test_conditions_that_are_joined_are_written_between():
    both = ir.Apply("|", (ir.Apply("Q", (USER,)), ir.Apply("Q", (ir.Const(1),))))
    row = ir.Apply("row", (ir.Const("shop.Photo"), ir.Const("?"), both, ir.Const("kind"), ir.Const("new")))
    assert show(row) == "Q(user) | Q(1), kind=new"


def test_what_is_short_stays_whole():
    term = ir.Apply("lower", (ir.Apply(".name", (USER,)),))
    assert brief(term) == show(term) == "lower(user.name)"


def test_the_inside_of_a_long_value_is_left_out():
    term: ir.Term = USER
    for number in range(12):
        term = ir.Apply(f"function_number_{number}", (term,))
    text = brief(ir.Apply(".pk", (term,)))
    assert "…" in text
    assert text.endswith(".pk")
    assert len(text) <= LONGEST


def test_a_long_text_is_cut():
    assert brief(ir.Const("x" * 200)) == "x" * (LONGEST - 1) + "…"


def test_each_value_of_a_row_may_be_long():
    long = ir.Apply("name_that_is_rather_long_as_it_is", (ir.Apply("of_what", (USER, ir.Const("y"))),))
    row = ir.Apply("row", (ir.Const("shop.Photo"), ir.Const("one"), long, ir.Const("two"), long))
    assert brief(row) == show(row) == f"one={show(long)}, two={show(long)}"
