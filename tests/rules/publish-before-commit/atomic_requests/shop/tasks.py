from celery import shared_task


@shared_task
def deliver(order_id):
    return order_id
