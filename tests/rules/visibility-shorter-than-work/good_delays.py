"""The broker leaves a task with its worker for a day, and no task is put off for longer."""

from celery import Celery

app = Celery("shop")
app.conf.broker_transport_options = {"visibility_timeout": 24 * 60 * 60}


@app.task
def remind(order_id):
    return order_id


def in_two_hours(order_id):
    remind.apply_async(args=[order_id], countdown=2 * 60 * 60)
