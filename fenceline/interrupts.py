"""Ending at once when somebody asks for it: Ctrl-C, and what a supervisor sends.

The first signal becomes an exception in the main thread, so that what is half done is taken back on the way out:
temporary files go, workers are ended. Whoever asks again while that lasts gets their way without it.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SAID = {"SIGINT": "interrupted", "SIGTERM": "terminated", "SIGHUP": "terminated: the terminal is gone"}
_SIGNALS = tuple(getattr(signal, name) for name in _SAID if hasattr(signal, name))

SECONDS_OF_PATIENCE = 1.0
"""Signals that follow that fast are one: a key that is held down, or a tool that passes on what the terminal sends."""


class Interrupted(BaseException):
    """The program was asked to end. No ``Exception``: nothing goes on after it."""

    def __init__(self, number: int) -> None:
        super().__init__(_SAID[signal.Signals(number).name])
        self.exit_code = 128 + number


def end_on_signals() -> None:
    """From now on the signals raise :class:`Interrupted`; those that are ignored, as below ``nohup``, stay so."""
    if threading.current_thread() is not threading.main_thread():
        return
    asked: list[float] = []

    def end(number: int, _frame: FrameType | None) -> None:
        asked.append(time.monotonic())
        if len(asked) == 1:
            raise Interrupted(number)
        if asked[-1] - asked[0] > SECONDS_OF_PATIENCE:
            os._exit(128 + number)

    for one in _SIGNALS:
        if signal.getsignal(one) in {signal.SIG_DFL, signal.default_int_handler}:
            signal.signal(one, end)


@contextmanager
def undisturbed() -> Iterator[None]:
    """The signals wait until the block is left; a process that is started in it is never ended by them itself.

    Not so where the system has no such thing (Windows).
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with_parent() -> None:
    """In a worker: end when the parent is gone. One that was killed ends nobody, and its workers would go on."""
    import multiprocessing  # noqa: PLC0415 - not for a process that has no workers

    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    from multiprocessing.connection import wait  # noqa: PLC0415

    wait([sentinel])
    os._exit(1)


def leave_interrupts_to_parent() -> None:
    """In a worker: Ctrl-C reaches all processes of a terminal, and the one that has started the others ends them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
