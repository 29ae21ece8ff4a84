"""A scheduler that lives in the process is started where every worker of a web server starts it.

What it claims
--------------
The scheduler is started when a module of the web application is imported, when the application is made, or in a
start-up hook. A server with several workers, and a deployment with several replicas, do that once each. Where the jobs
can be seen, the finding stands at the job instead (FEN101).

Why it matters
--------------
Every worker fires every job. What worked with one worker on a laptop runs four times with ``--workers 4``.

When it is fine
---------------
The scheduler is started by a command in a process of its own, or only by the worker that has won an election.
"""

from __future__ import annotations

from collections.abc import Iterator

from fenceline.analyzer.finding import Severity
from fenceline.analyzer.flow import Flow
from fenceline.analyzer.holds import holds_of, inside
from fenceline.analyzer.lower import MODULE_LEVEL
from fenceline.rules.proposal import Proposal, told_step
from fenceline.rules.rule import Example, Rule


def query(flow: Flow) -> Iterator[Proposal]:
    """Starts of schedulers that each worker process goes through."""
    starts = [one for one in flow.lowered.facts if one.kind == "schedule.start" and one.op in flow.places]
    if not starts:
        return
    where, is_web = _where(flow)
    held = {op for hold in holds_of(flow) if hold.scope != "local" for op in inside(flow, hold)}
    for fact in starts if where else ():
        read, unread = flow.jobs_of(fact.hint)
        if fact.op in held or (read and not unread):
            continue
        is_switched = bool(flow.places[fact.op].guards)
        steps = tuple(told_step(actor, fact.op, "start", "fires every job") for actor in ("A", "B"))
        yield Proposal(
            message=f"{fact.target} is started {where}: every worker process of a web server starts its own, "
            "and each fires every job",
            key=fact.target,
            span=fact.op.span,
            path=fact.op.path,
            evidence=fact.evidence,
            is_certain=is_web and not is_switched,
            trace=steps,
            acts=(fact.op,),
            premise="two worker processes of one web server",
            consequence="each job is fired once a worker",
            suspicion="it is behind a switch" if is_switched else "it is not seen who imports the module",
        )


def _where(flow: Flow) -> tuple[str, bool]:
    """Where a function starts what it starts, and whether that is surely the web application."""
    has_app = "router" in flow.lowered.made
    if flow.lowered.function == MODULE_LEVEL:
        return ("when the web application is imported", True) if has_app else ("when the module is imported", False)
    if has_app:
        return "where the web application is made", True
    return ("in a start-up hook", True) if flow.entry.what == "hook" else ("", False)


RULE = Rule(
    code="FEN103",
    name="scheduler-in-web-worker",
    summary="a scheduler is started in the web application's process, so that each worker starts its own",
    doc=__doc__,
    severity=Severity.WARNING,
    query=query,
    on_import=True,
    references=("https://apscheduler.readthedocs.io/en/3.x/faq.html",),
    examples=(
        Example(
            title="started beside the application",
            bad="""from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

app = Flask(__name__)
scheduler = BackgroundScheduler({"apscheduler.jobstores.default": {"type": "sqlalchemy", "url": "sqlite:///jobs.db"}})
scheduler.start()
""",
            good="""from apscheduler.schedulers.background import BackgroundScheduler

if __name__ == "__main__":
    scheduler = BackgroundScheduler()
    scheduler.start()
""",
        ),
        Example(
            title="started in a start-up hook",
            bad="""from apscheduler.schedulers.asyncio import AsyncIOScheduler
from fastapi import FastAPI

app = FastAPI()
scheduler = AsyncIOScheduler({"apscheduler.jobstores.default": {"type": "sqlalchemy", "url": "sqlite:///jobs.db"}})


@app.on_event("startup")
def start():
    scheduler.start()
""",
            good="""import redis
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from fastapi import FastAPI

app = FastAPI()
client = redis.Redis()
scheduler = AsyncIOScheduler({"apscheduler.jobstores.default": {"type": "sqlalchemy", "url": "sqlite:///jobs.db"}})


@app.on_event("startup")
def start():
    if client.lock("scheduler", timeout=60).acquire(blocking=False):
        scheduler.start()
""",
        ),
    ),
)
