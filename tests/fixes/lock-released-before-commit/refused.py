"""What is left as it is, and why."""

import functools

import redis
from django.db import connection, models, transaction
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

client = redis.Redis()


class Wallet(models.Model):
    balance = models.IntegerField()
    seen = models.IntegerField()


def more_in_the_transaction(pk, amount):
    with transaction.atomic():
        Wallet.objects.filter(pk=pk).update(seen=1)
        with client.lock(f"wallet:{pk}", timeout=10):  # unfixed: "more is done in the transaction"
            wallet = Wallet.objects.get(pk=pk)
            wallet.balance -= amount
            wallet.save()


def a_loop_between(pks, amount):
    with transaction.atomic():
        for pk in pks:
            with client.lock(f"wallet:{pk}", timeout=10):  # unfixed: "something else lies between"
                wallet = Wallet.objects.get(pk=pk)
                wallet.balance -= amount
                wallet.save()


def a_test_between(pk, amount):
    with transaction.atomic():
        if amount:
            with client.lock(f"wallet:{pk}", timeout=10):  # unfixed: "something else lies between"
                wallet = Wallet.objects.get(pk=pk)
                wallet.balance -= amount
                wallet.save()


def locked(func):
    @functools.wraps(func)
    def inner(pk, amount):
        with client.lock(f"wallet:{pk}", timeout=10):  # unfixed: "something else lies between"
            return func(pk, amount)

    return inner


@transaction.atomic
@locked
def decorated(pk, amount):
    wallet = Wallet.objects.get(pk=pk)
    wallet.balance -= amount
    wallet.save()


def by_sql(pk, amount):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", (pk,))  # unfixed: "the lock is not held by a with"
        try:
            cursor.execute("SELECT balance FROM wallet WHERE id = %s", (pk,))
            balance = cursor.fetchone()[0]
            cursor.execute("UPDATE wallet SET balance = %s WHERE id = %s", (balance - amount, pk))
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", (pk,))


class Base(DeclarativeBase):
    pass


class Purse(Base):
    __tablename__ = "purses"
    id: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int]


def commit_in_a_handler(session: Session, purse_id, amount):
    try:
        with client.lock(f"purse:{purse_id}", timeout=10):  # unfixed: "does not follow the section at once"
            purse = session.get(Purse, purse_id)
            purse.balance -= amount
    finally:
        session.commit()
