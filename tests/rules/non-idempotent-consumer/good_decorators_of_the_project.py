"""Decorators of the project that make no task, or one that is delivered at most once."""

import functools

from celery import shared_task
from django.core.mail import send_mail


def timed(label):
    def decorator(fn):
        @functools.wraps(fn)
        def timed_call(*args, **kwargs):
            return fn(*args, **kwargs)

        return timed_call

    return decorator


def with_a_task_beside(fn):
    @shared_task(acks_late=True)
    def clean(path):
        print(path)

    return fn


def early(**options):
    return shared_task(acks_late=False, **options)


@timed("mail")
def called(address):
    send_mail("Hello", "…", "shop@example.org", [address])


@with_a_task_beside
def beside(address):
    send_mail("Hello", "…", "shop@example.org", [address])


@early(queue="mails")
def acknowledged_first(address):
    send_mail("Hello", "…", "shop@example.org", [address])
