"""Locks around the transaction, locks of the transaction, and changes that need none."""

import redis
from django.db import connection, models, transaction
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

client = redis.Redis()


class Wallet(models.Model):
    balance = models.IntegerField()


class Base(DeclarativeBase):
    pass


class Purse(Base):
    __tablename__ = "purses"
    id: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int]


def around(pk, amount):
    with client.lock(f"wallet:{pk}", timeout=10), transaction.atomic():
        wallet = Wallet.objects.get(pk=pk)
        wallet.balance -= amount
        wallet.save()


def given_back_after_commit(pk, amount):
    lock = client.lock(f"wallet:{pk}", timeout=10)
    with transaction.atomic():
        lock.acquire()
        transaction.on_commit(lock.release)
        wallet = Wallet.objects.get(pk=pk)
        wallet.balance -= amount
        wallet.save()


def of_the_transaction(pk, amount):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (pk,))
        wallet = Wallet.objects.get(pk=pk)
        wallet.balance -= amount
        wallet.save()


@transaction.atomic
def row_lock_too(pk, amount):
    with client.lock(f"wallet:{pk}", timeout=10):
        wallet = Wallet.objects.select_for_update().get(pk=pk)
        wallet.balance -= amount
        wallet.save()


@transaction.atomic
def in_the_database(pk, amount):
    with client.lock(f"wallet:{pk}", timeout=10):
        Wallet.objects.filter(pk=pk).update(balance=models.F("balance") - amount)


def no_transaction(pk, amount):
    with client.lock(f"wallet:{pk}", timeout=10):
        wallet = Wallet.objects.get(pk=pk)
        wallet.balance -= amount
        wallet.save()


def commit_inside(session: Session, purse_id, amount):
    with client.lock(f"purse:{purse_id}", timeout=10):
        purse = session.get(Purse, purse_id)
        purse.balance -= amount
        session.commit()


def only_a_key(name):
    with transaction.atomic(), client.lock(f"lock:{name}", timeout=10):
        count = int(client.get(name) or 0)
        client.set(name, count + 1)
