"""Rows of SQLAlchemy under a lock that is a function of the server."""

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int]


def deposit(session: Session, account_id, n):
    session.execute(select(func.pg_advisory_xact_lock(account_id)))
    account = session.get(Account, account_id)
    account.balance += n
    session.commit()


def by_a_hash(session: Session, account_id, n):
    session.scalar(select(func.pg_advisory_xact_lock(func.hashtext("account"), account_id)))
    account = session.get(Account, account_id)
    account.balance += n
    session.commit()


def the_function_itself(session: Session, account_id, n):
    session.execute(func.pg_advisory_xact_lock(account_id))
    account = session.get(Account, account_id)
    account.balance += n
    session.commit()


def queried(session: Session, account_id, n):
    session.query(func.pg_advisory_xact_lock(account_id)).all()
    account = session.query(Account).filter_by(id=account_id).one()
    account.balance += n
    session.commit()


def if_it_is_got(session: Session, account_id, n):
    if not session.execute(select(func.pg_try_advisory_xact_lock(account_id))).scalar():
        return
    account = session.get(Account, account_id)
    account.balance += n
    session.commit()


def if_it_is_got_at_once(session: Session, account_id, n):
    got = session.scalar(select(func.pg_try_advisory_xact_lock(account_id)))
    if got:
        account = session.get(Account, account_id)
        account.balance += n
        session.commit()


def as_text(session: Session, account_id, n):
    if session.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": account_id}).scalar_one():
        account = session.get(Account, account_id)
        account.balance += n
        session.commit()


async def awaited(session: AsyncSession, account_id, n):
    await session.execute(select(func.pg_advisory_xact_lock(account_id)))
    account = await session.get(Account, account_id)
    account.balance += n
    await session.commit()
