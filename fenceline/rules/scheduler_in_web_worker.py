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

from fenceline.analyzer.finding import Severity
from fenceline.rules.rule import Example, Rule, query_in

RULE = Rule(
    code="FEN103",
    name="scheduler-in-web-worker",
    summary="a scheduler is started in the web application's process, so that each worker starts its own",
    doc=__doc__,
    severity=Severity.WARNING,
    query=query_in("fenceline.queries.scheduler_in_web_worker"),
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
