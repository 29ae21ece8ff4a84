from celery import shared_task


@shared_task
def execute(transfer_id):
    return transfer_id
