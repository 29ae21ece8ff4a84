"""What the model files say of schedulers, shown by the schedulers: who fires a job, and whether two runs overlap."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import celery.beat
import huey
import pytest
import redis
import rq.cron
import schedule
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from celery import Celery
from celery.schedules import crontab

from tests.facts.programs import PATIENCE, Program
from tests.models.entries import MODELS, entry_in


@pytest.fixture
def client(redis_socket: str) -> Iterator[redis.Redis]:
    client = redis.Redis(unix_socket_path=redis_socket)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def scheduler() -> Iterator[BackgroundScheduler]:
    made = BackgroundScheduler(timezone=UTC)
    made.start()
    yield made
    made.shutdown(wait=False)


def cases_of(name: str) -> dict[str, Any]:
    """What a method of APScheduler's schedulers says, by the options of its cases."""
    operation = MODELS.method("apscheduler.scheduler", name)
    assert operation is not None
    return {str(dict(one.when)): one.roles for one in operation.cases}


# ---------------------------------------------------------------- APScheduler 3

SCHEDULER = """
    import os, sys, time
    from pathlib import Path
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    def job():
        with Path("done").open("a") as done:
            done.write(f"ran-{os.getpid()}\\n")

    if __name__ == "__main__":
        from program import job
        scheduler = BackgroundScheduler(jobstores={"default": SQLAlchemyJobStore(url="sqlite:///jobs.db")})
        scheduler.add_job(job, "interval", seconds=1, id="job", replace_existing=True)
        scheduler.start()
        time.sleep(30)
"""


def test_apscheduler_runs_a_job_in_every_process_also_from_one_store(tmp_path: Path):
    first = Program(tmp_path, SCHEDULER)
    first.wait_for(f"ran-{first.process.pid}")
    second = Program(tmp_path, SCHEDULER)
    try:
        second.wait_for(f"ran-{second.process.pid}")
        before = first.count(f"ran-{first.process.pid}")
        first.wait_for(f"ran-{first.process.pid}", before + 1)
    finally:
        first.kill()
        second.kill()
    assert cases_of("add_job")["{'trigger': 'present'}"]["fires"] == "every-process"


@pytest.mark.parametrize(("options", "most", "overlap"), [({}, 1, "serial"), ({"max_instances": 2}, 2, "allowed")])
def test_apscheduler_leaves_out_a_run_while_max_instances_go_on(
    scheduler: BackgroundScheduler, options: dict[str, Any], most: int, overlap: str
):
    running, seen, left_out, end = [0], [0], threading.Event(), threading.Event()

    def job() -> None:
        running[0] += 1
        seen[0] = max(seen[0], running[0])
        end.wait(PATIENCE)
        running[0] -= 1

    scheduler.add_listener(lambda _: left_out.set(), EVENT_JOB_MAX_INSTANCES)
    scheduler.add_job(job, "interval", seconds=0.05, **options)
    assert left_out.wait(PATIENCE)
    end.set()
    assert seen == [most]
    said = cases_of("add_job")["{'max_instances': 'present'}" if options else "{'trigger': 'present'}"]
    assert said["overlap"] == overlap


def test_apscheduler_does_not_run_a_job_again_that_failed(scheduler: BackgroundScheduler):
    failed, runs = threading.Event(), []

    def job() -> None:
        runs.append(1)
        raise ValueError

    scheduler.add_listener(lambda _: failed.set(), EVENT_JOB_ERROR)
    scheduler.add_job(job)  # without a trigger: once, now
    assert failed.wait(PATIENCE)
    assert (runs, scheduler.get_jobs()) == ([1], [])


# --------------------------------------------------------------------- schedule


def test_schedule_runs_one_after_the_other_in_the_thread_of_the_loop():
    own, seen = schedule.Scheduler(), []
    for name in ("a", "b"):
        own.every().second.do(lambda name=name: seen.append((name, threading.get_ident())))
    for job in own.jobs:
        job.next_run -= timedelta(seconds=5)
    own.run_pending()
    assert sorted(seen) == [("a", threading.get_ident()), ("b", threading.get_ident())]


def test_schedule_lets_an_exception_leave_the_loop():
    own = schedule.Scheduler()
    own.every().second.do(lambda: 1 / 0).next_run -= timedelta(seconds=5)
    with pytest.raises(ZeroDivisionError):
        own.run_pending()


# -------------------------------------------------- one sender, and what two do


def test_two_celery_beats_send_twice(redis_socket: str, client: redis.Redis):
    for _ in range(2):
        app = Celery(broker=f"redis+socket://{redis_socket}")
        app.conf.beat_schedule = {"job": {"task": "shop.job", "schedule": timedelta(seconds=0.01)}}
        beat = celery.beat.Scheduler(app=app)
        time.sleep(0.02)
        beat.tick()
        app.close()
    assert client.llen("celery") == 2
    (listing,) = (one for one in MODELS.listings if "beat_schedule" in one.names)
    assert listing.operation.roles["fires"] == "one-sender"


def test_two_huey_consumers_send_twice():
    app = huey.MemoryHuey()

    @app.periodic_task(huey.crontab(minute="*"))
    def job() -> None:
        pass

    now = datetime.now(UTC).replace(tzinfo=None)
    for _ in range(2):
        app.create_consumer(workers=1)._create_scheduler().enqueue_periodic_tasks(now)
    assert app.pending_count() == 2
    assert said_of_method("huey.app", "periodic_task")["fires"] == "one-sender"


def test_two_rq_crons_send_twice(client: redis.Redis):
    for name in ("one", "two"):
        cron = rq.cron.CronScheduler(connection=client, name=name)
        cron.register(time.sleep, "default", args=(0,), interval=60)
        cron.enqueue_jobs()
    assert rq.Queue(connection=client).count == 2
    assert said_of_method("rq.cron", "register")["fires"] == "one-sender"


def said_of_method(type_id: str, name: str) -> dict[str, object]:
    operation = MODELS.method(type_id, name)
    assert operation is not None
    return dict(operation.roles)


# -------------------------------------------------------------------- intervals

START = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = 3


def shortest(moments: list[datetime]) -> float:
    return min((after - before).total_seconds() for before, after in pairwise(moments))


def of_celery(**fields: str) -> list[datetime]:
    """The moments of a crontab of Celery's in some days."""
    made = crontab(**fields)
    minutes = [START + timedelta(minutes=one) for one in range(DAYS * 24 * 60)]
    return [one for one in minutes if one.minute in made.minute and one.hour in made.hour]


def of_apscheduler(**fields: str) -> list[datetime]:
    trigger, found, last = CronTrigger(timezone=UTC, **fields), [], None
    while len(found) < 300:
        last = trigger.get_next_fire_time(last, START if last is None else last)
        if last is None or last > START + timedelta(days=DAYS):
            break
        found.append(last)
    return found


def of_huey(**fields: str) -> list[datetime]:
    is_due = huey.crontab(**fields)
    minutes = [START + timedelta(minutes=one) for one in range(DAYS * 24 * 60)]
    return [one for one in minutes if is_due(one)]


TASK = "from celery import Celery\nfrom celery.schedules import crontab\napp = Celery()\n@app.task\ndef job(): ...\n"
CELERY = TASK + "app.conf.beat_schedule = {{'a': {{'task': 'app.job', 'schedule': crontab({})}}}}\n"
HUEY = "import huey\napp = huey.RedisHuey()\n@app.periodic_task(huey.crontab({}))\ndef job(): ...\n"
APSCHEDULER = (
    "from apscheduler.schedulers.background import BackgroundScheduler\n"
    "from apscheduler.triggers.cron import CronTrigger\n"
    "def job(): ...\n"
    "BackgroundScheduler().add_job(job, CronTrigger({}))\n"
)


@pytest.mark.parametrize(
    ("source", "moments", "fields"),
    [
        (CELERY, of_celery, {}),
        (CELERY, of_celery, {"minute": "*/5"}),
        (CELERY, of_celery, {"minute": "7,10,50"}),
        (CELERY, of_celery, {"minute": "0", "hour": "*/3"}),
        (CELERY, of_celery, {"hour": "3"}),
        (CELERY, of_celery, {"minute": "30", "hour": "3"}),
        (CELERY, of_celery, {"minute": "0", "hour": "8-18"}),
        (HUEY, of_huey, {"minute": "*/15"}),
        (HUEY, of_huey, {"hour": "3"}),
        (HUEY, of_huey, {"minute": "0", "hour": "3"}),
        (APSCHEDULER, of_apscheduler, {"minute": "*/5"}),
        (APSCHEDULER, of_apscheduler, {"hour": "3"}),
        (APSCHEDULER, of_apscheduler, {"hour": "*/2"}),
        (APSCHEDULER, of_apscheduler, {"hour": "3", "minute": "10,30"}),
        (APSCHEDULER, of_apscheduler, {"second": "*/10"}),
    ],
)
def test_interval_is_that_of_the_library(
    tmp_path: Path, source: str, moments: Callable[..., list[datetime]], fields: dict[str, str]
):
    stated = ", ".join(f"{name}={value!r}" for name, value in fields.items())
    entry = entry_in(tmp_path, source.format(stated))
    gaps = [one.number("interval") for one in entry.ways() if one.what == "job"]
    assert gaps == [shortest(moments(**fields))]
