from celery import shared_task


@shared_task
def deliver(order_id):
    print(order_id)
