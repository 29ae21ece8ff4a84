"""What is noted on the way to an answer, and noted again for whoever takes the answer from a memo."""

from __future__ import annotations

from fenceline.analyzer.consulted import SMALL, Memo, Notebook


def asks(notebook: Notebook, *names: str) -> None:
    for name in names:
        notebook.consult(("asked", name), name.upper())


def names_in(asked: dict[tuple[str, ...], str]) -> set[str]:
    assert all(answer == question[1].upper() for question, answer in asked.items())
    return {question[1] for question in asked}


def worked_out(notebook: Notebook, memo: Memo[int], key: str, *names: str) -> int:
    if key not in memo:
        asks(notebook, *names)
        memo[key] = len(names)
    return memo[key]


def test_whoever_takes_from_a_memo_has_consulted_what_it_was_worked_out_from():
    notebook = Notebook()
    memo: Memo[int] = Memo(notebook)
    with notebook.apart() as first:
        asks(notebook, "before")
        worked_out(notebook, memo, "k", "a", "b")
        asks(notebook, "after")
    with notebook.apart() as second:
        worked_out(notebook, memo, "k", "never")
    assert names_in(first) == {"before", "a", "b", "after"}
    assert names_in(second) == {"a", "b"}


def test_entries_that_are_made_of_entries():
    notebook = Notebook()
    memo: Memo[int] = Memo(notebook)
    many = [f"n{number}" for number in range(SMALL * 3)]
    with notebook.apart():
        assert memo.get("outer") is None
        asks(notebook, "x")
        worked_out(notebook, memo, "inner", *many)
        worked_out(notebook, memo, "other", "y")
        memo["outer"] = 1
        asks(notebook, "z")
    for key, expected in (("outer", {"x", "y", *many}), ("inner", {*many}), ("other", {"y"})):
        with notebook.apart() as asked:
            assert memo[key]
        assert names_in(asked) == expected


def test_what_is_set_first_to_stop_at_itself_counts_with_all_that_follows():
    notebook = Notebook()
    memo: Memo[int | None] = Memo(notebook)
    with notebook.apart():
        if "k" not in memo:
            memo["k"] = None
            asks(notebook, "a")
            worked_out(notebook, memo, "below", "b")  # type: ignore[arg-type]
            memo["k"] = 1
    with notebook.apart() as asked:
        assert memo["k"] == 1
    assert names_in(asked) == {"a", "b"}


def test_what_was_asked_for_in_vain_and_set_later_depends_on_all_in_between():
    """Also where something around it was done in the meantime."""
    notebook = Notebook()
    memo: Memo[int] = Memo(notebook)
    with notebook.apart():
        assert memo.get("outer") is None
        assert memo.get("late") is None
        asks(notebook, "a")
        memo["outer"] = 1
        asks(notebook, "b")
        memo["late"] = 2
    with notebook.apart() as asked:
        assert memo["late"] == 2
    assert names_in(asked) == {"a", "b"}


def test_what_is_set_without_being_asked_for_depends_on_everything_so_far():
    notebook = Notebook()
    memo: Memo[int] = Memo(notebook)
    with notebook.apart():
        assert memo.get("k") is None
        asks(notebook, "of the first")
    with notebook.apart():
        asks(notebook, "a")
        memo["k"] = 1
        asks(notebook, "b")
    with notebook.apart() as asked:
        assert "k" in memo
    assert names_in(asked) == {"a"}


def test_what_is_found_out_apart_is_no_affair_of_who_is_around_it():
    notebook = Notebook()
    memo: Memo[int] = Memo(notebook)
    with notebook.apart() as outer:
        asks(notebook, "a")
        with notebook.apart() as inner:
            worked_out(notebook, memo, "k", "b")
        asks(notebook, "c")
    assert names_in(inner) == {"b"}
    assert names_in(outer) == {"a", "c"}
    with notebook.apart() as later:
        assert memo["k"] == 1
    assert names_in(later) == {"b"}


def test_what_was_taken_out_is_worked_out_again():
    notebook = Notebook()
    memo: Memo[int] = Memo(notebook)
    with notebook.apart():
        worked_out(notebook, memo, "k", "a")
        worked_out(notebook, memo, "l", "a")
        del memo["k"]
        assert memo.pop("l") == 1
    with notebook.apart() as asked:
        asks(notebook, "x")
        worked_out(notebook, memo, "k", "b", "c")
        assert memo.setdefault("l", 5) == 5
    assert names_in(asked) == {"x", "b", "c"}
    assert dict(memo) == {"k": 2, "l": 5}
