"""Tells a scheduler to have one run of a job at a time, where it was told to have several.

APScheduler leaves a run out that is due while another goes on (``max_instances=1``, which is its default), in one
process; ``coalesce`` is True unless somebody says otherwise, so runs that were missed are not made up for.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from fenceline.analyzer.durations import duration_text
from fenceline.analyzer.entries import Entry
from fenceline.analyzer.schedules import may_overlap, scheduled, scheduler_name
from fenceline.fixers.code import Code
from fenceline.fixers.fixer import Applicability, Fixer, Refused, Rewrite, Subject
from fenceline.fixers.kv_calls import literal
from fenceline.fixers.scheduled_jobs import job_of

_OPTION = "max_instances"
_WHY = "a run that is due while another goes on is left out; it is so in one process, others have their own scheduler"


def _rewrite(subject: Subject) -> Iterator[Rewrite]:
    job = next((one for one in scheduled(subject.flow.entry) if may_overlap(one, subject.flow.entry)), None)
    if job is None or not job.number(_OPTION):
        raise Refused("its scheduler is not told how many runs there may be at one time")
    code = subject.code_of()
    given = [arg for call in _registrations(subject, code, job) for arg in call.args if _is_option(arg)]
    if len(given) != 1:
        raise Refused("where the scheduler is told how many runs there may be is not seen")
    number = literal(given[0].value)
    if not isinstance(number, int) or number <= 1:
        raise Refused("how many runs there may be is computed")
    code.replace(given[0].value, cst.Integer("1"))
    interval = job.number("interval")
    due = f", due every {duration_text(interval)}" if interval is not None else ""
    yield Rewrite(
        code.text(),
        f"Let {scheduler_name(job)} have one run of it at a time{due}",
        Applicability.UNSAFE,
        why_unsafe=_WHY,
        reschedules=True,
    )


def _registrations(subject: Subject, code: Code, job: Entry) -> list[cst.Call]:
    """The call that registers the job: where it stands elsewhere in the file, else among the decorators."""
    if job.place is None:
        decorators = (one.decorator for one in job_of(code, subject).decorators)
        return [one for one in decorators if isinstance(one, cst.Call)]
    span, path = job.place
    if path != str(subject.module.path):
        raise Refused("it is registered in another file")
    return [code.node_at(span, cst.Call)]


def _is_option(arg: cst.Arg) -> bool:
    return arg.keyword is not None and arg.keyword.value == _OPTION


FIXER = Fixer("allow_one_instance", "let its scheduler have one run of it at a time", _rewrite)
