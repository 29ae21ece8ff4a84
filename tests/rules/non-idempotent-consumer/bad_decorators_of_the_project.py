"""Tasks that a decorator of the project hands to the library's: the options that it passes on count."""

import functools

import dramatiq
from celery import Celery, shared_task
from django.core.mail import send_mail
from dramatiq import actor as _actor

app = Celery("shop")


def actor(actor_name=None, queue_name="default", **options):
    def decorator(fn):
        @functools.wraps(fn)
        async def wrapped(*args, **kwargs):
            return await fn(*args, **kwargs)

        _actor(wrapped, actor_name=actor_name, queue_name=queue_name, **options)
        return wrapped

    return decorator


def job(queue, acks_late=True):
    return shared_task(queue=queue, acks_late=acks_late)


def logged_task(*args, **options):
    options = dict(options)

    def decorator(fn):
        @app.task(acks_late=True)
        @functools.wraps(fn)
        def logged(*args, **kwargs):
            return fn(*args, **kwargs)

        return logged

    return decorator


def plain_task(fn):
    return shared_task(acks_late=True, reject_on_worker_lost=True)(fn)


late = functools.partial(shared_task, acks_late=True)


def nightly(**options):
    return job("nightly", **options)


@actor(actor_name="mail", max_retries=0)
async def by_a_wrapper_of_its_own(address):
    send_mail("Hello", "…", "shop@example.org", [address])  # expect: FEN301


@job("mails")
def by_a_factory(address):
    send_mail("Hello", "…", "shop@example.org", [address])  # expect: FEN301


@job("mails", acks_late=False)
def early(address):
    send_mail("Hello", "…", "shop@example.org", [address])


@logged_task()
def by_a_decorator_inside(address):
    send_mail("Hello", "…", "shop@example.org", [address])  # expect: FEN301


@plain_task
def without_arguments(address):
    send_mail("Hello", "…", "shop@example.org", [address])  # expect: FEN301


@late(queue="mails")
def by_a_partial(address):
    send_mail("Hello", "…", "shop@example.org", [address])  # expect: FEN301


@nightly()
def by_a_factory_of_a_factory(address):
    send_mail("Hello", "…", "shop@example.org", [address])  # expect: FEN301
