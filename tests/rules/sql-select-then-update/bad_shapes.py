import threading

import psycopg

QUERY = "SELECT state FROM job WHERE id = %s"
thread_lock = threading.Lock()


class Jobs:
    def __init__(self, dsn):
        self.conn = psycopg.connect(dsn)

    def claim(self, job):
        with self.conn.cursor() as cur:
            cur.execute("SELECT state FROM job WHERE id = %s", (job,))  # expect: FEN213
            if cur.fetchone()[0] != "queued":
                return False
            cur.execute("UPDATE job SET state = 'running' WHERE id = %s", (job,))
            self.conn.commit()
            return True

    def _state(self, job):
        return self.conn.execute("SELECT state FROM job WHERE id = %s", (job,)).fetchone()[0]  # expect: FEN213

    def _set_state(self, job, state):
        self.conn.execute("UPDATE job SET state = %s WHERE id = %s", (state, job))
        self.conn.commit()

    def start(self, job):
        if self._state(job) != "queued":
            raise ValueError(job)
        self._set_state(job, "running")


def statement_in_a_constant(conn: psycopg.Connection, job):
    if conn.execute(QUERY, (job,)).fetchone()[0] != "queued":  # expect: FEN213
        return False
    conn.execute("UPDATE job SET state = 'running' WHERE id = %s", (job,))
    conn.commit()
    return True


def statement_over_several_lines(conn: psycopg.Connection, job):
    row = conn.execute(  # expect: FEN213
        """
        SELECT j.state
          FROM job AS j
         WHERE j.id = %s
        """,
        (job,),
    ).fetchone()
    if row[0] != "queued":
        return False
    conn.execute(
        """
        UPDATE job
           SET state = 'running'
         WHERE id = %s
        """,
        (job,),
    )
    conn.commit()
    return True


def condition_that_nobody_tests(conn: psycopg.Connection, account, cents):
    balance = conn.execute("SELECT cents FROM account WHERE id = %s", (account,)).fetchone()[0]  # expect: FEN213
    if balance < cents:
        return False
    conn.execute("UPDATE account SET cents = cents - %s WHERE id = %s AND cents >= %s", (cents, account, cents))
    conn.commit()
    return True


def next_in_line(conn: psycopg.Connection):
    row = conn.execute("SELECT id FROM job WHERE state = 'queued' ORDER BY id LIMIT 1").fetchone()  # expect: FEN213
    if row is None:
        return False
    conn.execute("UPDATE job SET state = 'running' WHERE id = %s", (row[0],))
    conn.commit()
    return True


def thread_lock_is_not_enough(conn: psycopg.Connection, job):
    with thread_lock:
        if conn.execute(QUERY, (job,)).fetchone()[0] != "queued":  # expect: FEN213
            return False
        conn.execute("UPDATE job SET state = 'running' WHERE id = %s", (job,))
        conn.commit()
        return True


def locked_in_another_transaction(conn: psycopg.Connection, job):
    state = conn.execute("SELECT state FROM job WHERE id = %s FOR UPDATE", (job,)).fetchone()[0]  # expect: FEN213
    conn.commit()
    if state != "queued":
        return False
    conn.execute("UPDATE job SET state = 'running' WHERE id = %s", (job,))
    conn.commit()
    return True


async def awaited(conn: psycopg.AsyncConnection, job):
    async with conn.cursor() as cur:
        await cur.execute("SELECT state FROM job WHERE id = %s", (job,))  # expect: FEN213
        row = await cur.fetchone()
        if row[0] != "queued":
            return False
        await cur.execute("UPDATE job SET state = 'running' WHERE id = %s", (job,))
        await conn.commit()
        return True


def delete_by_a_stale_read(conn: psycopg.Connection, token):
    row = conn.execute("SELECT 1 FROM token WHERE value = %s", (token,)).fetchone()  # expect: FEN213
    if row is None:
        return False
    conn.execute("DELETE FROM token WHERE value = %s", (token,))
    conn.commit()
    return True
