"""What the model files say of task queues, shown by the queues themselves: what a worker that is killed leaves behind.

Each worker is a process of its own on a real Redis, killed between what its task does and the task's end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dramatiq.middleware
import pytest
import redis
import rq
from celery import Celery
from celery.app.task import Task
from kombu.transport.redis import Channel
from rq.registry import FailedJobRegistry, StartedJobRegistry

from fenceline.analyzer.models import Operation, load_models
from tests.facts.programs import Program, wait_until

MODELS = load_models()
Start = Callable[..., Program]


@pytest.fixture
def client(redis_socket: str) -> Iterator[redis.Redis]:
    client = redis.Redis(unix_socket_path=redis_socket)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Program] = []

    def one(source: str, *arguments: str, module: str = "") -> Program:
        started.append(Program(tmp_path, source, *arguments, module=module))
        return started[-1]

    yield one
    for program in started:
        program.kill()


def method(type_id: str, name: str) -> Operation:
    found = MODELS.method(type_id, name)
    assert found is not None
    return found


# ----------------------------------------------------------------------- Celery

CELERY = """
    import sys, time
    from pathlib import Path
    from celery import Celery

    def write(word):
        with Path("done").open("a") as done:
            done.write(word + "\\n")

    app = Celery(broker="redis+socket://{socket}")
    app.conf.broker_transport_options = {{
        "visibility_timeout": 1, "unacked_restore_interval": 1, "unacked_restore_throttle": 1
    }}

    @app.task(acks_late={late})
    def charge():
        write("charged")
        time.sleep(30)
"""
# The default pool: with `solo`, what is acknowledged before a task is sent after it, when the loop has its turn again.
WORKER = ("-A", "program", "worker", "-c1", "--without-gossip", "--without-mingle", "--without-heartbeat")


def test_celery_defaults():
    app = Celery(broker="memory://")
    entry = MODELS.entries["celery.shared_task"].operation.roles
    assert (app.conf.task_acks_late, app.conf.task_reject_on_worker_lost) == (False, None)
    assert (entry["delivery"], entry["ack"]) == ("at-most-once", "before")
    assert Task.max_retries == entry["default_retries"]
    assert Channel.visibility_timeout == entry["default_visibility"]
    assert (app.conf.task_time_limit, app.conf.task_soft_time_limit) == (None, None)
    assert app.conf.beat_scheduler == "celery.beat:PersistentScheduler"


def test_celery_task_of_a_killed_worker_is_lost(redis_socket: str, client: redis.Redis, start: Start):
    worker = start(CELERY.format(socket=redis_socket, late=False), *WORKER, module="celery")
    Celery(broker=f"redis+socket://{redis_socket}").send_task("program.charge")
    worker.wait_for("charged")
    wait_until(lambda: client.hlen("unacked") == 0, lambda: "not acknowledged while it runs")
    worker.kill()
    assert client.llen("celery") == 0


def test_celery_task_that_acknowledges_late_is_run_again(redis_socket: str, client: redis.Redis, start: Start):
    source = CELERY.format(socket=redis_socket, late=True)
    first = start(source, *WORKER, module="celery")
    Celery(broker=f"redis+socket://{redis_socket}").send_task("program.charge")
    first.wait_for("charged")
    first.kill()
    assert client.hlen("unacked") == 1
    second = start(source, *WORKER, module="celery")
    second.wait_for("charged", 2)
    third = start(source, *WORKER, "-n", "third", module="celery")
    third.wait_for("charged", 3)  # the task takes longer than the visibility timeout
    assert second.process.poll() is None


# --------------------------------------------------------------------------- RQ

RQ = """
    import time
    from pathlib import Path

    def charge():
        with Path("done").open("a") as done:
            done.write("charged\\n")
        time.sleep(30)

    if __name__ == "__main__":
        import redis, rq
        rq.SimpleWorker(["default"], connection=redis.Redis(unix_socket_path="{socket}")).work()
"""


@pytest.mark.parametrize(("retry", "state"), [(None, "failed"), (rq.Retry(max=1), "queued")])
def test_rq_job_of_a_killed_worker_is_run_again_only_with_retry(
    redis_socket: str, client: redis.Redis, start: Start, retry: rq.Retry | None, state: str
):
    worker = start(RQ.format(socket=redis_socket))
    queue = rq.Queue(connection=client)
    job = queue.enqueue("program.charge", retry=retry)
    worker.wait_for("charged")
    worker.kill()
    assert queue.count == 0
    StartedJobRegistry(queue=queue).cleanup(timestamp=time.time() + 100_000)  # what maintenance does, later
    assert job.get_status().value == state
    assert FailedJobRegistry(queue=queue).count == (state == "failed")
    said = method("rq.queue", "enqueue")
    assert said.roles["delivery"] == "at-most-once"
    assert said.cases[0].roles["delivery"] == "at-least-once"


def test_rq_defaults(client: redis.Redis):
    queue = rq.Queue(connection=client)
    job = queue.enqueue("program.charge")
    assert (job.timeout, job.retries_left) == (method("rq.queue", "enqueue").roles["default_limit"], None)


# ------------------------------------------------------------------------- huey

HUEY = """
    import time
    from pathlib import Path
    from huey import RedisHuey

    huey = RedisHuey("facts", url="unix://{socket}")

    @huey.task()
    def charge():
        with Path("done").open("a") as done:
            done.write("charged\\n")
        time.sleep(30)

    if __name__ == "__main__":
        charge()
        huey.create_consumer(workers=1).run()
"""


def test_huey_task_of_a_killed_consumer_is_lost(redis_socket: str, client: redis.Redis, start: Start):
    consumer = start(HUEY.format(socket=redis_socket))
    consumer.wait_for("charged")
    consumer.kill()
    assert client.keys("huey.*facts*") == []
    assert method("huey.app", "task").roles["delivery"] == "at-most-once"


# --------------------------------------------------------------------- Dramatiq

DRAMATIQ = """
    import sys, time
    from pathlib import Path
    import dramatiq
    from dramatiq.brokers.redis import RedisBroker

    # the patience of 60 s made short, and looked after at every command
    broker = RedisBroker(url="unix://{socket}", heartbeat_timeout=1000, maintenance_chance=1_000_000)
    dramatiq.set_broker(broker)

    @dramatiq.actor
    def charge():
        with Path("done").open("a") as done:
            done.write("charged\\n")
        time.sleep(30)

    @dramatiq.actor(min_backoff=1, max_backoff=1)
    def refund():
        with Path("done").open("a") as done:
            done.write("refunded\\n")
        raise RuntimeError

    if sys.argv[1:]:
        getattr(sys.modules["__main__"], sys.argv[1]).send()
    dramatiq.Worker(broker, worker_threads=1, worker_timeout=50).start()
    time.sleep(60)
"""


def test_dramatiq_message_of_a_killed_worker_is_run_again(redis_socket: str, client: redis.Redis, start: Start):
    source = DRAMATIQ.format(socket=redis_socket)
    worker = start(source, "charge")
    worker.wait_for("charged")
    worker.kill()
    start(source).wait_for("charged", 2)
    assert MODELS.entries["dramatiq.actor"].operation.roles["delivery"] == "at-least-once"


def test_dramatiq_actor_that_fails_is_run_again_up_to_20_times(redis_socket: str, client: redis.Redis, start: Start):
    start(DRAMATIQ.format(socket=redis_socket), "refund").wait_for("refunded", 3)
    said = MODELS.entries["dramatiq.actor"].operation.roles
    assert said["retried"] == "on-error"
    assert dramatiq.middleware.Retries().max_retries == said["default_retries"]
    assert dramatiq.middleware.TimeLimit().time_limit == said["default_limit"] * 1000


# -------------------------------------------------------------------------- arq

ARQ = """
    import asyncio, sys
    from pathlib import Path
    from arq import create_pool, cron
    from arq.connections import RedisSettings

    def write(word):
        with Path("done").open("a") as done:
            done.write(word + "\\n")

    async def tick(ctx):
        write("ticked")

    async def charge(ctx):
        write("charged")
        await asyncio.sleep(30)

    if {enqueue!r}:
        async def enqueue():
            pool = await create_pool(RedisSettings(unix_socket_path="{socket}"))
            await pool.enqueue_job("charge", _job_id={enqueue!r})
            await pool.aclose()
        asyncio.run(enqueue())

    class WorkerSettings:
        functions = [charge]
        redis_settings = RedisSettings(unix_socket_path="{socket}")
        poll_delay = 0.05
        cron_jobs = {cron_jobs}
"""


def arq_worker(start: Start, socket: str, cron_jobs: str = "[]", enqueue: str = "") -> Program:
    pytest.importorskip("arq", reason="arq wants redis < 6: run this file with it in an environment of its own")
    return start(
        ARQ.format(socket=socket, cron_jobs=cron_jobs, enqueue=enqueue), "program.WorkerSettings", module="arq"
    )


@pytest.mark.parametrize(("unique", "runs"), [("True", 1), ("False", 2)])
def test_arq_cron_job_runs_once_in_all_workers_unless_it_is_not_unique(
    redis_socket: str, client: redis.Redis, start: Start, unique: str, runs: int
):
    jobs = arq_cron_in(4, "tick", f", unique={unique}")
    workers = [arq_worker(start, redis_socket, jobs) for _ in range(2)]
    workers[0].wait_for("ticked", runs)
    time.sleep(0.5)
    assert workers[0].count("ticked") == runs
    said = MODELS.functions["arq.cron"]
    assert said.roles["fires"] == "elected"
    assert next(one for one in said.cases if set(one.when) == {"unique"}).roles["fires"] == "every-process"


def arq_cron_in(seconds: int, function: str, options: str = "") -> str:
    at = time.localtime(time.time() + seconds)
    return f"[cron({function}, hour={at.tm_hour}, minute={at.tm_min}, second={at.tm_sec}, microsecond=0{options})]"


def test_arq_job_of_a_killed_worker_is_run_again(redis_socket: str, client: redis.Redis, start: Start):
    worker = arq_worker(start, redis_socket, enqueue="a")
    worker.wait_for("charged")
    worker.kill()
    let_arq_job_go(client, "a")
    arq_worker(start, redis_socket).wait_for("charged", 2)


def test_arq_cron_job_of_a_killed_worker_is_not_run_again(redis_socket: str, client: redis.Redis, start: Start):
    jobs = arq_cron_in(3, "charge")
    worker = arq_worker(start, redis_socket, jobs)
    worker.wait_for("charged")
    worker.kill()
    (key,) = client.keys("arq:job:*")
    let_arq_job_go(client, key.decode().removeprefix("arq:job:"))
    again = arq_worker(start, redis_socket, jobs)
    wait_until(lambda: not client.exists(key), lambda: str(client.keys("*")))
    assert again.count("charged") == 1
    assert MODELS.functions["arq.cron"].roles["delivery"] == "at-most-once"


def let_arq_job_go(client: redis.Redis, job: str) -> None:
    """What an expiry does 10 s after the job's timeout: nobody is taken to be at work on it."""
    assert client.delete(f"arq:in-progress:{job}") == 1
