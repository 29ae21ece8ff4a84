"""The division of files among workers: everything once, neighbours together, nobody idle while there is work."""

from itertools import cycle

from hypothesis import given
from hypothesis import strategies as st

from fenceline.executors.shares import MOST_FILES, Shares

SIZES = st.lists(st.integers(0, 100_000), min_size=1, max_size=50)


def paths_of(sizes: list[int]) -> dict[str, int]:
    return {f"{number:03}.py": size for number, size in enumerate(sizes)}


@given(SIZES, st.integers(1, 8), st.lists(st.integers(0, 7), min_size=1, max_size=10))
def test_every_file_is_taken_once_whoever_asks(sizes: list[int], workers: int, asking: list[int]):
    files = paths_of(sizes)
    shares = Shares(list(files), files, workers)
    order = cycle(one % workers for one in asking)
    taken: list[str] = []
    while (chunk := shares.take(next(order))) is not None:
        assert 1 <= len(chunk) <= MOST_FILES
        taken.extend(chunk)
    assert sorted(taken) == list(files)
    assert all(shares.take(worker) is None for worker in range(workers))


def test_a_worker_goes_through_neighbours_in_order():
    files = paths_of([100] * 64)
    shares = Shares(list(files), files, 2)
    first = [shares.take(0) for _ in range(4)]
    second = [shares.take(1) for _ in range(4)]
    assert [path for chunk in first for path in chunk or ()] == list(files)[:8]
    assert [path for chunk in second for path in chunk or ()] == list(files)[32:40]


def test_who_is_done_takes_the_second_half_of_what_is_left():
    files = paths_of([100] * 64)
    shares = Shares(list(files), files, 2)
    own = [shares.take(0) for _ in range(16)]
    assert own[-1] is not None
    assert own[-1][-1] == "031.py"
    assert shares.take(0) == ("048.py", "049.py")
    assert shares.take(1) == ("032.py", "033.py")


def test_a_large_file_is_begun_with():
    files = paths_of([100] * 30 + [90_000] + [100] * 3)
    assert Shares(list(files), files, 1).take(0) == ("030.py",)


def test_what_a_worker_cannot_do_goes_to_another():
    files = paths_of([100] * 4)
    shares = Shares(list(files), files, 2)
    chunk = shares.take(0)
    assert chunk is not None
    shares.give_back(0, chunk)
    taken: list[str] = []
    while (more := shares.take(1)) is not None:
        taken.extend(more)
    assert sorted(taken) == list(files)
