from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def serial_transaction():
    """A transaction whose statements give up after two seconds."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 2000")
        yield
