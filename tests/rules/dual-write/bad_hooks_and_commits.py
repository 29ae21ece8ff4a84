import json

from celery import shared_task
from confluent_kafka import Producer
from django.db import models, transaction
from django.db.transaction import atomic, on_commit
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

producer = Producer({"bootstrap.servers": "kafka"})


class Order(models.Model):
    total = models.IntegerField()
    state = models.CharField(max_length=10)


class Base(DeclarativeBase):
    pass


class Report(Base):
    __tablename__ = "reports"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]


@shared_task
def pack(order_id):
    return order_id


@shared_task
def tidy():
    return None


def in_a_hook(total):
    with transaction.atomic():
        order = Order.objects.create(total=total)
        transaction.on_commit(lambda: pack.delay(order.pk))  # expect: FEN307 "pack.delay"


@atomic
def decorated(order_id):
    Order.objects.filter(pk=order_id).update(state="paid")
    on_commit(lambda: pack.apply_async((order_id,)))  # expect: FEN307


def hook_of_celery(order_id):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        order.state = "paid"
        order.save()
        pack.delay_on_commit(order.pk)  # expect: FEN307


def behind_the_block(order_id):
    with transaction.atomic():
        Order.objects.filter(pk=order_id).update(state="paid")
    producer.produce("orders", json.dumps({"id": order_id}))  # expect: FEN307


def by_itself(total):
    order = Order(total=total)
    order.save()
    pack.delay(order.id)  # expect: FEN307


def with_a_session(session: Session, title):
    report = Report(title=title)
    session.add(report)
    session.commit()
    pack.delay(report.id)  # expect: FEN307


def about_nothing_written(total):
    Order.objects.create(total=total)
    tidy.delay()


def without_a_write(order_id):
    pack.delay(order_id)
