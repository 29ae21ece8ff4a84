"""Rows of SQLAlchemy whose lock, a function of the server, does not help."""

from sqlalchemy import func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int]


def nobody_asked(session: Session, account_id, n):
    session.execute(select(func.pg_try_advisory_xact_lock(account_id)))
    account = session.get(Account, account_id)  # expect: FEN203
    account.balance += n
    session.commit()


def read_before_the_lock(session: Session, account_id, n):
    account = session.get(Account, account_id)  # expect: FEN203
    session.execute(select(func.pg_advisory_xact_lock(account_id)))
    account.balance += n
    session.commit()


def another_function(session: Session, account_id, n):
    session.execute(select(func.now()))
    account = session.get(Account, account_id)  # expect: FEN203
    account.balance += n
    session.commit()
