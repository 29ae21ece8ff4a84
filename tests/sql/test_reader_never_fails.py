from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from fenceline.analyzer.sql import SqlStatement, parse_sql

WORDS = """
    select from where update set delete insert into values on conflict do nothing returning with as for skip locked
    and or not in is null between exists count lock a b t ( ) , ; . = < > + - * :: %s ? $1 :x 'c' "d" 1 2.5 __hole0__
"""


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(WORDS.split()), max_size=14))
def test_any_words_give_a_statement_or_none(words: list[str]):
    assert isinstance(parse_sql(" ".join(words)), SqlStatement | None)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_text_gives_a_statement_or_none(text: str):
    assert isinstance(parse_sql(text), SqlStatement | None)
