"""Store credit predates the ORM: one table, `store_credit(customer_id, cents)`, and plain SQL."""

from django.db import connection, transaction


class NotEnoughCredit(Exception):
    pass


def pay_with_credit(customer_id, cents):
    with connection.cursor() as cursor:
        cursor.execute("SELECT cents FROM store_credit WHERE customer_id = %s", [customer_id])  # expect: FEN213
        (credit,) = cursor.fetchone()
        if credit < cents:
            raise NotEnoughCredit(customer_id)
        cursor.execute(
            "UPDATE store_credit SET cents = cents - %s WHERE customer_id = %s", [cents, customer_id]
        )


def pay_with_locked_credit(customer_id, cents):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT cents FROM store_credit WHERE customer_id = %s FOR UPDATE", [customer_id])
        (credit,) = cursor.fetchone()
        if credit < cents:
            raise NotEnoughCredit(customer_id)
        cursor.execute(
            "UPDATE store_credit SET cents = cents - %s WHERE customer_id = %s", [cents, customer_id]
        )


def pay_if_credit_suffices(customer_id, cents):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE store_credit SET cents = cents - %s WHERE customer_id = %s AND cents >= %s",
            [cents, customer_id, cents],
        )
        if cursor.rowcount != 1:
            raise NotEnoughCredit(customer_id)


@transaction.atomic
def add_interest(customer_id, rate):
    with connection.cursor() as cursor:
        cursor.execute("SELECT cents FROM store_credit WHERE customer_id = %s", [customer_id])  # expect: FEN213
        cents = cursor.fetchone()[0]
        cursor.execute(
            "UPDATE store_credit SET cents = %s WHERE customer_id = %s",
            [round(cents * (1 + rate)), customer_id],
        )


def add_interest_in_place(customer_id, rate):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE store_credit SET cents = round(cents * (1 + %s)) WHERE customer_id = %s",
            [rate, customer_id],
        )
