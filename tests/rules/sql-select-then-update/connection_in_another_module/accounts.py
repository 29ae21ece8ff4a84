from . import queries
from .database import connect, cursor


def take(account, cents):
    with cursor() as cur:
        cur.execute(queries.BALANCE, (account,))  # expect: FEN213
        if cur.fetchone()[0] < cents:
            return False
        cur.execute(queries.TAKE, (cents, account))
        return True


def take_locked(account, cents):
    with cursor() as cur:
        cur.execute(queries.BALANCE_LOCKED, (account,))
        if cur.fetchone()[0] < cents:
            return False
        cur.execute(queries.TAKE, (cents, account))
        return True


def take_through_a_connection(account, cents):
    with connect() as conn:
        balance = conn.execute(queries.BALANCE, (account,)).fetchone()[0]  # expect: FEN213
        if balance < cents:
            raise ValueError(account)
        conn.execute(queries.TAKE, (cents, account))
