"""What the models say of how a function is run: each library in the ways that it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models.entries import entry_in

LATE = {"delivery": "at-least-once", "ack": "after"}
EARLY = {"delivery": "at-most-once", "ack": "before"}
TAKEN = {"delivery": "at-most-once", "ack": "none"}
EVERYWHERE = {"what": "job", "fires": "every-process"}
SENT = {"what": "job", "fires": "one-sender", "overlap": "allowed"}
ELECTED = {"what": "job", "fires": "elected"}
OUTSIDE = {"what": "job", "fires": "platform"}
SERIAL = {"overlap": "serial"}
CELERY = "from celery import Celery, shared_task, Task\napp = Celery()\n"
JOB = "def job(): ...\n"
TASK = CELERY + "@app.task\n" + JOB
BACKGROUND = "from apscheduler.schedulers.background import BackgroundScheduler\ns = BackgroundScheduler()\n"
DRAMATIQ = "import dramatiq\nfrom periodiq import cron\n"
ARQ = "from arq import cron\nfrom arq.worker import func\nasync def job(ctx): ...\nclass WorkerSettings:\n    "
HUEY = "from huey import RedisHuey, crontab\nhuey = RedisHuey()\n"
PROCRASTINATE = "from procrastinate import App\napp = App(connector=None)\n"
TASKIQ = "from taskiq_redis import ListQueueBroker, RedisStreamBroker\n"
RQ_SCHEDULER = "from rq_scheduler import Scheduler\ns = Scheduler(connection=None)\n" + JOB
LOOP = "def job():\n    while True:\n        pass\n"
BOT = (
    "import asyncio, threading\nclass Bot:\n    def poll(self):\n        while True:\n            pass\n"
    "    def start(self):\n"
)
POLL = (
    "import asyncio, anyio, gevent, threading\nfrom threading import Thread, Timer\n"
    "async def job():\n    while True:\n        pass\n"
)
APS4 = (
    "from apscheduler import AsyncScheduler, Scheduler\nfrom apscheduler.triggers.interval import IntervalTrigger\n"
    + JOB
)

CASES: list[tuple[str, dict[str, object]]] = [
    # ------------------------------------------------------------------- Celery
    (TASK, EARLY | {"what": "task", "retried": "never", "retries": 3, "visibility": 3600}),
    (CELERY + "@shared_task\n" + JOB, EARLY),
    (CELERY + "@shared_task(acks_late=True, time_limit=30)\n" + JOB, LATE | {"limit": 30}),
    (
        CELERY + "@app.task(bind=True, autoretry_for=(OSError,), max_retries=5)\ndef job(self): ...",
        {"retried": "on-error", "retries": 5},
    ),
    (CELERY + "@app.task(acks_late=True, autoretry_for=(OSError,))\n" + JOB, LATE | {"retried": "on-error"}),
    (CELERY + "app.conf.task_acks_late = True\n@app.task()\n" + JOB, LATE),
    (CELERY + "app.conf.update(task_acks_late=True)\n@app.task()\n" + JOB, LATE),
    (CELERY + "app.conf.update({'task_acks_late': True})\n@app.task()\n" + JOB, LATE),
    (CELERY + "app.conf.task_acks_late = False\n@app.task()\n" + JOB, EARLY),
    (
        CELERY + "app.conf.broker_transport_options = {'visibility_timeout': 600}\n@app.task\n" + JOB,
        {"visibility": 600},
    ),
    (CELERY + "app.conf.task_soft_time_limit = 60\n@app.task\n" + JOB, {"soft_limit": 60}),
    # ---------------------------------------------------- schedulers of a process
    (
        BACKGROUND + JOB + "s.add_job(job, 'interval', minutes=5)",
        EVERYWHERE | SERIAL | {"interval": 300, "retried": "never"},
    ),
    (BACKGROUND + JOB + "s.add_job(func=job, trigger='interval', hours=1, minutes=30)", {"interval": 5400}),
    (
        BACKGROUND + JOB + "s.add_job(job, 'cron', hour=3, max_instances=2)",
        EVERYWHERE | {"overlap": "allowed", "max_instances": 2},
    ),
    (BACKGROUND + JOB + "s.add_job(job, 'cron', hour=3, max_instances=1)", EVERYWHERE | SERIAL),
    (BACKGROUND + JOB + "s.add_job('app:job', 'interval', seconds=30)", EVERYWHERE | {"interval": 30}),
    (BACKGROUND + JOB + "def start():\n    s.add_job(job, 'interval', seconds=30)", EVERYWHERE | {"interval": 30}),
    (BACKGROUND + JOB + "s.add_job(job)", {"what": "job", "fires": None}),
    (BACKGROUND + JOB + "s.add_job(job, 'date', run_date=None)", {"what": "job", "fires": None}),
    (BACKGROUND + "@s.scheduled_job('interval', seconds=30)\n" + JOB, EVERYWHERE | SERIAL | {"interval": 30}),
    (
        (
            "from apscheduler.schedulers.asyncio import AsyncIOScheduler\n"
            "from apscheduler.triggers.cron import CronTrigger\n"
            "s = AsyncIOScheduler()\nasync def job(): ...\ns.add_job(job, CronTrigger.from_crontab('*/10 * * * *'))"
        ),
        EVERYWHERE | SERIAL | {"interval": 600},
    ),
    (
        "from apscheduler.schedulers.blocking import BlockingScheduler\ns = BlockingScheduler()\n"
        "@s.scheduled_job('cron', minute='*/5')\n" + JOB,
        EVERYWHERE | SERIAL,
    ),
    (
        "from flask_apscheduler import APScheduler\ns = APScheduler()\n@s.task('interval', id='x', seconds=30)\n" + JOB,
        EVERYWHERE | {"interval": 30},
    ),
    (
        "from flask_apscheduler import APScheduler\ns = APScheduler()\n"
        + JOB
        + "s.add_job('x', job, trigger='interval', seconds=30)",
        EVERYWHERE | {"interval": 30},
    ),
    (
        JOB + "class Config:\n    JOBS = [{'id': 'x', 'func': 'app:job', 'trigger': 'interval', 'seconds': 10}]",
        EVERYWHERE | {"interval": 10},
    ),
    (
        BACKGROUND
        + "from django_apscheduler.jobstores import register_job\n@register_job(s, 'interval', seconds=10)\n"
        + JOB,
        EVERYWHERE | {"interval": 10},
    ),
    ("import schedule\n" + JOB + "schedule.every(10).minutes.do(job)", EVERYWHERE | SERIAL),
    ("import schedule\n" + JOB + "def main():\n    schedule.every().day.at('10:30').do(job)", EVERYWHERE | SERIAL),
    ("from schedule import Scheduler\n" + JOB + "s = Scheduler()\ns.every().hour.do(job)", EVERYWHERE | SERIAL),
    ("from schedule import every, repeat\n@repeat(every(10).minutes)\n" + JOB, EVERYWHERE | SERIAL),
    (
        "from fastapi_utils.tasks import repeat_every\n@repeat_every(seconds=60)\nasync def job(): ...",
        EVERYWHERE | SERIAL | {"interval": 60},
    ),
    (
        "import aiocron\n@aiocron.crontab('*/5 * * * *')\nasync def job(): ...",
        EVERYWHERE | {"overlap": "allowed", "interval": 300},
    ),
    (
        "import aiocron\nasync def job(): ...\naiocron.crontab('*/5 * * * *', func=job)",
        EVERYWHERE | {"overlap": "allowed", "interval": 300},
    ),
    (
        "from tornado.ioloop import PeriodicCallback\n" + JOB + "PeriodicCallback(job, 60000).start()",
        EVERYWHERE | SERIAL | {"interval": 60},
    ),
    ("from twisted.internet.task import LoopingCall\n" + JOB + "LoopingCall(job).start(60)", EVERYWHERE | SERIAL),
    (
        "from discord.ext import tasks\n@tasks.loop(minutes=5, seconds=30)\nasync def job(): ...",
        EVERYWHERE | SERIAL | {"interval": 330, "retried": "on-error"},
    ),
    (
        "from discord.ext import tasks\n@tasks.loop(hours=1, reconnect=False)\nasync def job(): ...",
        {"retried": "never"},
    ),
    (
        (
            "from telegram.ext import Application\nasync def job(ctx): ...\n"
            "app = Application.builder().token('x').build()\napp.job_queue.run_repeating(job, interval=60)"
        ),
        EVERYWHERE | {"interval": 60},
    ),
    (
        (
            "from telegram.ext import ContextTypes\nasync def job(ctx): ...\n"
            "async def start(update, context: ContextTypes.DEFAULT_TYPE):\n"
            "    context.job_queue.run_daily(job, time=None)"
        ),
        EVERYWHERE | {"interval": 86400},
    ),
    # ------------------------------------------------------------- shared or sent
    (
        APS4 + "with Scheduler() as s:\n    s.add_schedule(job, IntervalTrigger(seconds=5), id='x')",
        EVERYWHERE | SERIAL | {"interval": 5},
    ),
    (
        APS4
        + (
            "async def main(store):\n    async with AsyncScheduler(store) as s:\n"
            "        await s.add_schedule(job, IntervalTrigger(seconds=5), id='x')"
        ),
        ELECTED | {"overlap": "guarded", "interval": 5},
    ),
    (HUEY + "@huey.periodic_task(crontab(minute='*/5'))\n" + JOB, SENT | TAKEN | {"interval": 300, "retried": "never"}),
    (HUEY + "@huey.task(retries=2)\n" + JOB, TAKEN | {"what": "task", "retried": "on-error", "retries": 2}),
    (HUEY + "@huey.task(retries=0)\n" + JOB, TAKEN | {"retried": "never"}),
    (
        (
            "from huey import crontab\nfrom huey.contrib.djhuey import db_periodic_task\n"
            "@db_periodic_task(crontab(hour='3', minute='0'))\n"
        )
        + JOB,
        SENT | {"interval": 86400},
    ),
    ("from huey.contrib.djhuey import db_task\n@db_task()\n" + JOB, TAKEN | {"what": "task"}),
    (DRAMATIQ + "@dramatiq.actor\n" + JOB, LATE | {"what": "task", "retried": "on-error", "retries": 20, "limit": 600}),
    (DRAMATIQ + "@dramatiq.actor(max_retries=0, time_limit=5000)\n" + JOB, LATE | {"retried": "never", "limit": 5}),
    (DRAMATIQ + "@dramatiq.actor(periodic=cron('*/5 * * * *'))\n" + JOB, SENT | LATE | {"interval": 300}),
    (DRAMATIQ + "@dramatiq.actor(periodic=cron('*/5 * * * *'), max_retries=0)\n" + JOB, SENT | {"retried": "never"}),
    (
        "import dramatiq\nfrom dramatiq_crontab import cron\n@cron('0 * * * *')\n@dramatiq.actor\n" + JOB,
        SENT | {"interval": 3600},
    ),
    (
        "from rq import cron\n" + JOB + "cron.register(job, queue_name='d', interval=5)",
        SENT | EARLY | {"interval": 5, "limit": 180},
    ),
    (
        "from rq.decorators import job as task\n@task('q', connection=None, timeout=5)\n" + JOB,
        EARLY | {"what": "task", "limit": 5, "retried": "never"},
    ),
    (
        "from rq import Retry\nfrom django_rq import job as task\n@task('q', retry=Retry(max=3))\n" + JOB,
        LATE | {"retried": "on-error"},
    ),
    (
        RQ_SCHEDULER + "s.schedule(scheduled_time=None, func=job, interval=60)",
        ELECTED | {"overlap": "allowed", "interval": 60},
    ),
    (
        "import django_rq\n" + JOB + "django_rq.get_scheduler('default').cron('*/5 * * * *', func=job)",
        ELECTED | {"interval": 300},
    ),
    (
        ARQ + "cron_jobs = [cron(job, minute=5)]",
        ELECTED | {"overlap": "allowed", "delivery": "at-most-once", "retries": 1, "limit": 300},
    ),
    (ARQ + "cron_jobs = [cron(job, minute=5, unique=False)]", EVERYWHERE),
    (ARQ + "cron_jobs = [cron(job, minute=5, max_tries=3)]", ELECTED | {"delivery": "at-least-once"}),
    (ARQ + "cron_jobs = [cron('app.job', minute=5)]", ELECTED),
    (ARQ + "functions = [job]", LATE | {"what": "task", "retries": 5, "limit": 300}),
    (ARQ + "functions = [func(job, name='x')]", LATE | {"what": "task"}),
    (
        (
            "from saq import CronJob\nasync def job(ctx): ...\n"
            "settings = {'cron_jobs': [CronJob(job, cron='*/5 * * * *')]}"
        ),
        ELECTED | {"overlap": "guarded", "interval": 300, "limit": 10},
    ),
    (
        "from saq import Queue, Worker\nasync def job(ctx): ...\nWorker(Queue.from_url('x'), functions=[job])",
        {"what": "task", "limit": 10},
    ),
    (
        "from streaq import Worker\nworker = Worker()\n@worker.cron('*/5 * * * *')\nasync def job(): ...",
        ELECTED | {"overlap": "guarded", "interval": 300},
    ),
    (
        TASKIQ + "broker = ListQueueBroker('x')\n@broker.task\nasync def job(): ...",
        TAKEN | {"what": "task", "retried": "never"},
    ),
    (
        TASKIQ
        + (
            "broker = RedisStreamBroker('x').with_result_backend(None)\n"
            "@broker.task(retry_on_error=True)\nasync def job(): ..."
        ),
        LATE | {"retried": "on-error"},
    ),
    (
        TASKIQ
        + "broker = ListQueueBroker('x')\n@broker.task(schedule=[{'cron': '*/5 * * * *'}])\nasync def job(): ...",
        SENT,
    ),
    (
        PROCRASTINATE + "@app.periodic(cron='*/5 * * * *')\n@app.task(queueing_lock='x')\ndef job(timestamp): ...",
        ELECTED | {"interval": 300},
    ),
    (
        "from procrastinate.contrib.django import app\n@app.task(retry=3, lock='x')\n" + JOB,
        {"what": "task", "retried": "on-error", "overlap": "guarded", "retries": 3},
    ),
    (
        "from pgqueuer import PgQueuer\npgq = PgQueuer(None)\n@pgq.schedule('x', '*/5 * * * *')\nasync def job(s): ...",
        ELECTED | {"interval": 300},
    ),
    (
        "from background_task import background\n@background(schedule=60)\n" + JOB,
        LATE | {"what": "task", "retried": "on-error", "retries": 25},
    ),
    ("from django.tasks import task\n@task()\n" + JOB, {"what": "task"}),
    ("from uwsgidecorators import timer\n@timer(30)\ndef job(num): ...", SENT | {"interval": 30}),
    # ------------------------------------------------------------------- platforms
    (
        "from airflow.decorators import task\n@task(retries=2)\n" + JOB,
        {"what": "task", "fires": "platform", "retried": "on-error", "retries": 2},
    ),
    ("from airflow.sdk import task\n@task\n" + JOB, {"what": "task", "retried": "never"}),
    (
        "from airflow.sdk import dag\n@dag(schedule='@hourly', max_active_runs=1)\n" + JOB,
        OUTSIDE | {"overlap": "guarded", "interval": 3600},
    ),
    ("from airflow.decorators import dag\n@dag(schedule='@daily')\n" + JOB, OUTSIDE | {"overlap": "allowed"}),
    (
        "from airflow import DAG\nfrom airflow.operators.python import PythonOperator\n"
        + JOB
        + "with DAG('x') as d:\n    PythonOperator(task_id='x', python_callable=job, retries=3)",
        {"what": "task", "retries": 3},
    ),
    # ---------------------------------------------------------------------- loops
    (LOOP + "import threading\nthreading.Thread(target=job, daemon=True).start()", EVERYWHERE | SERIAL),
    (
        LOOP + "from threading import Thread\ndef start():\n    thread = Thread(target=job)\n    thread.start()",
        EVERYWHERE | SERIAL,
    ),
    (LOOP + "import multiprocessing\ndef start():\n    multiprocessing.Process(target=job).start()", EVERYWHERE),
    (LOOP + "import gevent\ngevent.spawn(job)", EVERYWHERE),
    (JOB + "import threading\nthreading.Thread(target=job).start()", {"what": ""}),
    (POLL + "async def main():\n    asyncio.create_task(job())", EVERYWHERE),
    (POLL + "async def main():\n    asyncio.ensure_future(job())", EVERYWHERE),
    (POLL + "loop = asyncio.get_event_loop()\nloop.create_task(job())", EVERYWHERE),
    (
        POLL + "async def main():\n    async with asyncio.TaskGroup() as group:\n        group.create_task(job())",
        EVERYWHERE,
    ),
    (
        POLL + "async def main():\n    async with anyio.create_task_group() as group:\n        group.start_soon(job)",
        EVERYWHERE,
    ),
    ("import asyncio\nasync def job(): ...\nasync def main():\n    asyncio.create_task(job())", {"what": ""}),
    # ---------------------------------------------------------------------- hooks
    (
        "from fastapi import FastAPI\nasync def job(app):\n    yield\napp = FastAPI(lifespan=job)",
        {"what": "hook", "fires": "every-process"},
    ),
    (
        "from fastapi import FastAPI\napp = FastAPI()\n@app.on_event('startup')\nasync def job(): ...",
        {"what": "hook", "fires": "every-process"},
    ),
]


@pytest.mark.parametrize(("source", "facts"), CASES)
def test_way(tmp_path: Path, source: str, facts: dict[str, object]):
    entry = entry_in(tmp_path, source)
    assert {name: entry.what if name == "what" else entry.facts.get(name) for name in facts} == facts


@pytest.mark.parametrize(
    ("source", "function", "facts"),
    [
        (
            CELERY + "class Sync(Task):\n    acks_late = True\n    def run(self): ...",
            "Sync.run",
            LATE | {"what": "task"},
        ),
        (
            CELERY + "class Sync(Task):\n    autoretry_for = (OSError,)\n    def run(self): ...",
            "Sync.run",
            {"retried": "on-error"},
        ),
        (
            "from celery_once import QueueOnce\nclass Sync(QueueOnce):\n    def run(self): ...",
            "Sync.run",
            {"overlap": "guarded"},
        ),
        (
            "from celery_singleton import Singleton\nclass Sync(Singleton):\n    def run(self): ...",
            "Sync.run",
            {"overlap": "guarded"},
        ),
        (
            "from django_cron import CronJobBase\nclass Sync(CronJobBase):\n    def do(self): ...",
            "Sync.do",
            OUTSIDE | {"overlap": "guarded"},
        ),
        (
            (
                "from django_extensions.management.jobs import HourlyJob\n"
                "class Job(HourlyJob):\n    def execute(self): ..."
            ),
            "Job.execute",
            OUTSIDE | {"interval": 3600},
        ),
        (
            "from dramatiq import GenericActor\nclass Sync(GenericActor):\n    def perform(self): ...",
            "Sync.perform",
            LATE,
        ),
        (
            "from django.apps import AppConfig\nclass Shop(AppConfig):\n    def ready(self): ...",
            "Shop.ready",
            {"what": "hook", "fires": "every-process"},
        ),
        (
            (
                "from discord.ext import commands, tasks\nclass Bot(commands.Cog):\n"
                "    @tasks.loop(minutes=5)\n    async def poll(self): ..."
            ),
            "Bot.poll",
            EVERYWHERE,
        ),
        (BOT + "        threading.Thread(target=self.poll).start()", "Bot.poll", EVERYWHERE),
        (BOT + "        asyncio.create_task(self.poll())", "Bot.poll", EVERYWHERE),
    ],
)
def test_way_of_a_method(tmp_path: Path, source: str, function: str, facts: dict[str, object]):
    entry = entry_in(tmp_path, source, function)
    assert {name: entry.what if name == "what" else entry.facts.get(name) for name in facts} == facts


@pytest.mark.parametrize(
    ("settings", "facts"),
    [
        (
            (
                "from datetime import timedelta\n"
                "CELERY_BEAT_SCHEDULE = {'a': {'task': 'app.job', 'schedule': timedelta(minutes=5)}}"
            ),
            SENT | {"interval": 300},
        ),
        (
            (
                "from app import app\nfrom celery.schedules import crontab\n"
                "app.conf.beat_schedule = {'a': {'task': 'app.job', 'schedule': crontab(minute='*/5')}}"
            ),
            SENT | {"interval": 300},
        ),
        (
            "from app import app\napp.conf.update(beat_schedule={'a': {'task': 'app.job', 'schedule': 30.0}})",
            SENT | {"interval": 30},
        ),
        (
            "from app import app\napp.conf.beat_schedule['a'] = {'task': 'app.job', 'schedule': 30.0}",
            SENT | {"interval": 30},
        ),
        (
            (
                "from app import app\nfrom config import NAME\nNIGHTLY = {'task': 'app.job', 'schedule': 30.0}\n"
                "def add(beat_schedule):\n    beat_schedule[NAME] = NIGHTLY\nadd(app.conf.beat_schedule)"
            ),
            SENT | {"interval": 30},
        ),
        (
            "from app import app\napp.conf.beat_schedule.update({'a': {'task': 'app.job', 'schedule': 30.0}})",
            SENT | {"interval": 30},
        ),
        (
            (
                "CELERY_BEAT_SCHEDULE = {'a': {'task': 'app.job', 'schedule': 5}}\n"
                "CELERY_BEAT_SCHEDULER = 'redbeat.RedBeatScheduler'"
            ),
            ELECTED | {"interval": 5},
        ),
        (
            "from redbeat import RedBeatSchedulerEntry\nRedBeatSchedulerEntry('a', 'app.job', 60)",
            ELECTED | {"interval": 60},
        ),
        ("CRONJOBS = [('*/5 * * * *', 'app.job')]", OUTSIDE | {"overlap": "allowed", "interval": 300}),
        ("CRONJOBS = [('0 3 * * *', 'app.job', ['x'])]\nCRONTAB_LOCK_JOBS = True", OUTSIDE | {"overlap": "serial"}),
        (
            "from django_q.tasks import schedule\nschedule('app.job', schedule_type='I', minutes=5)",
            ELECTED | {"interval": 300, "delivery": "at-most-once"},
        ),
        (
            (
                "from django_q.tasks import schedule\nschedule('app.job', cron='0 * * * *')\n"
                "Q_CLUSTER = {'orm': 'default', 'retry': 120, 'timeout': 60}"
            ),
            ELECTED | LATE | {"visibility": 120, "limit": 60},
        ),
    ],
)
def test_way_that_another_module_states(tmp_path: Path, settings: str, facts: dict[str, object]):
    entry = entry_in(tmp_path, TASK, settings=settings)
    found = [one for one in entry.ways() if one.what == "job"]
    assert [{name: one.what if name == "what" else one.facts.get(name) for name in facts} for one in found] == [facts]


@pytest.mark.parametrize(
    "source",
    [
        "app.add_periodic_task(10.0, job.s(), name='x')",
        "def start():\n    app.add_periodic_task(10.0, job.s(1))",
        "@app.on_after_configure.connect\ndef start(sender, **kw):\n    sender.add_periodic_task(10.0, job.si())",
        "@app.on_after_finalize.connect\ndef start(sender, **kw):\n    sender.add_periodic_task(10.0, job)",
    ],
)
def test_periodic_task_of_celery(tmp_path: Path, source: str):
    entry = entry_in(tmp_path, TASK + source)
    found = [one for one in entry.ways() if one.what == "job"]
    assert [(one.word("fires"), one.number("interval")) for one in found] == [("one-sender", 10)]


@pytest.mark.parametrize(
    "name",
    ["'nightly'", "NAME", "Names.NIGHTLY"],
)
def test_task_that_a_schedule_names_as_its_decorator_does(tmp_path: Path, name: str):
    constants = "NAME = 'nightly'\nclass Names:\n    NIGHTLY = 'nightly'\n"
    settings = "from celery.schedules import crontab\nbeat_schedule = {'a': {'task': 'nightly', 'schedule': crontab()}}"
    entry = entry_in(tmp_path, CELERY + constants + f"@app.task(name={name})\n" + JOB, settings=settings)
    assert [(one.what, one.number("interval")) for one in entry.ways()] == [("task", None), ("job", 60)]


def test_name_that_two_tasks_have_is_nobodys(tmp_path: Path):
    task = "@app.task(name='nightly')\n"
    settings = "beat_schedule = {'a': {'task': 'nightly', 'schedule': 60}}"
    entry = entry_in(tmp_path, CELERY + task + JOB + task + "def other(): ...\n", settings=settings)
    assert [one.what for one in entry.ways()] == ["task"]


@pytest.mark.parametrize(
    ("app", "task", "what"),
    [
        ("from shop import app", "@app.task", "task"),
        ("from shop import app as celery", "@celery.task(name='x')", "task"),
        ("import shop", "@shop.app.task()", "task"),
        ("from shop import other", "@other.task", ""),
        ("from shop import other", "@other.task(name='x', queue='y')", ""),
        ("from vendor import worker", "@worker.task", "task"),
        ("from vendor import queue", "@queue.task", ""),
        ("from shop import own", "@own.task", "task"),
    ],
)
def test_app_of_a_class_that_cannot_be_read(tmp_path: Path, app: str, task: str, what: str):
    shop = """
        from vendor import VendorCelery, VendorQueue
        class Own(VendorCelery):
            pass
        app = VendorCelery()
        other = VendorQueue()
        own = Own()
    """
    uses = """
        import vendor
        from shop import app, other, own
        @app.task(bind=True)
        def first(self): ...
        @own.task(acks_late=True)
        def second(): ...
        @vendor.worker.task(autoretry_for=(OSError,))
        def third(): ...
        @other.task(retries=3)
        def fourth(): ...
    """
    entry = entry_in(tmp_path, f"{app}\n{task}\n{JOB}", shop=shop, uses=uses)
    assert entry.what == what


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("if stop.is_set():\n            break", "job"),
        ("try:\n            work()\n        except KeyboardInterrupt:\n            break", "job"),
        ("failures += 1\n        if failures > 5:\n            return", "job"),
        ("for one in read():\n            if one:\n                break", "job"),
        ("rows = read()\n        if not rows:\n            break", ""),
        ("with session():\n            rows = read()\n            if not rows:\n                return", ""),
        ("if not (rows := read()):\n            break\n        else:\n            work(rows)", ""),
        ("rows = read()\n        if rows:\n            work(rows)\n        else:\n            break", ""),
    ],
)
def test_loop_that_ends_when_its_work_is_done(tmp_path: Path, body: str, what: str):
    loop = f"def job():\n    failures = 0\n    while True:\n        {body}\n"
    thread = "import threading\n" + loop + "threading.Thread(target=job).start()"
    script = loop + "if __name__ == '__main__':\n    job()"
    assert entry_in(tmp_path, thread).what == what
    assert entry_in(tmp_path, script).what == (what or "command")
