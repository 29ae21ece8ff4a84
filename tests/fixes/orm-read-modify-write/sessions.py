"""Sessions of SQLAlchemy 2.0: an SQL expression, or the row locked."""

from sqlalchemy import Integer, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

SessionLocal = sessionmaker()


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    balance: Mapped[int] = mapped_column(default=0)
    bonus: Mapped[int | None]
    points = mapped_column(Integer, nullable=False)


def get(session: Session, account_id, amount):
    account = session.get(Account, account_id)
    account.balance -= amount
    session.commit()


def one(session: Session, account_id, amount):
    account = session.execute(select(Account).where(Account.id == account_id)).scalar_one()
    account.points = account.points + amount
    session.commit()


def own(account_id, amount):
    with SessionLocal() as session:
        account = session.get(Account, account_id)
        account.balance += amount
        session.add(account)
        session.commit()


def statement(session: Session, account_id, amount):
    account = session.get(Account, account_id)
    session.execute(update(Account).where(Account.id == account_id).values(balance=account.balance - amount))
    session.commit()


def handed_back(session: Session, account_id, amount):
    account = session.get(Account, account_id)
    account.balance -= amount
    session.commit()
    return account


def may_be_nothing(session: Session, account_id, amount):
    account = session.scalars(
        select(Account)
        .where(Account.id == account_id)  # the one
    ).one()
    account.bonus += amount
    session.commit()


def own_and_used(account_id, amount):
    with SessionLocal() as session:
        account = session.get(
            Account,
            account_id,
        )
        account.balance -= amount
        session.commit()
        return account.balance
