import redis
from django.db import connection, models, transaction

client = redis.Redis(host="cache", socket_timeout=2)


class Order(models.Model):
    paid = models.BooleanField(default=False)


def distributed_lock(pk):
    with client.lock(f"lock:order:{pk}", timeout=10, blocking_timeout=3):
        order = Order.objects.get(pk=pk)
        if order.paid:
            return False
        order.paid = True
        order.save(update_fields=["paid"])
        return True


def advisory_lock(pk):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [pk])
        order = Order.objects.get(pk=pk)
        if order.paid:
            return False
        order.paid = True
        order.save(update_fields=["paid"])
        return True
