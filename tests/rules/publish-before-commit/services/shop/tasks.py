from celery import Celery

app = Celery("shop")


@app.task
def deliver(order_id):
    return order_id


@app.task(name="shop.tell")
def tell(order_id):
    return order_id
