from sqlalchemy import select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int]


def transfer(session: Session, source: int, target: int, amount: int) -> None:
    payer = session.get(Account, source, with_for_update=True)
    payee = session.get(Account, target, with_for_update=True)  # expect: FEN408
    payer.balance -= amount
    payee.balance += amount
    session.commit()


def charge(session: Session, amounts: dict[int, int]) -> None:
    for account_id, amount in amounts.items():
        session.execute(  # expect: FEN408
            update(Account).where(Account.id == account_id).values(balance=Account.balance - amount)
        )
    session.commit()


def charge_sorted(session: Session, amounts: dict[int, int]) -> None:
    for account_id, amount in sorted(amounts.items()):
        session.execute(update(Account).where(Account.id == account_id).values(balance=Account.balance - amount))
    session.commit()


def charge_one_by_one(session: Session, amounts: dict[int, int]) -> None:
    for account_id, amount in amounts.items():
        session.execute(update(Account).where(Account.id == account_id).values(balance=Account.balance - amount))
        session.commit()


def transfer_in_order(session: Session, source: int, target: int, amount: int) -> None:
    statement = select(Account).where(Account.id.in_([source, target])).order_by(Account.id).with_for_update()
    rows = {one.id: one for one in session.scalars(statement)}
    rows[source].balance -= amount
    rows[target].balance += amount
    session.commit()
