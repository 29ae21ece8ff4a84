from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

SessionLocal = sessionmaker()


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    balance: Mapped[int] = mapped_column(default=0)


class Document(Base):
    __tablename__ = "document"
    id: Mapped[int] = mapped_column(primary_key=True)
    edits: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=0)
    __mapper_args__ = {"version_id_col": version}


def sql_expression(session: Session, account_id, amount):
    account = session.get(Account, account_id)
    account.balance = Account.balance - amount
    session.commit()


def update_statement(session: Session, account_id, amount):
    session.execute(update(Account).where(Account.id == account_id).values(balance=Account.balance - amount))
    session.commit()


def conditional_update(session: Session, account_id, amount):
    result = session.execute(
        update(Account)
        .where(Account.id == account_id, Account.balance >= amount)
        .values(balance=Account.balance - amount)
    )
    if result.rowcount != 1:
        raise ValueError(account_id)
    session.commit()


def query_update(session: Session, account_id, amount):
    session.query(Account).filter(Account.id == account_id).update({Account.balance: Account.balance - amount})
    session.commit()


def locked_get(session: Session, account_id, amount):
    account = session.get(Account, account_id, with_for_update=True)
    account.balance -= amount
    session.commit()


def locked_select(session: Session, account_id, amount):
    statement = select(Account).where(Account.id == account_id).with_for_update()
    account = session.scalars(statement).one()
    if account.balance < amount:
        raise ValueError(account_id)
    account.balance -= amount
    session.commit()


def locked_query(session: Session, account_id, amount):
    account = session.query(Account).filter(Account.id == account_id).with_for_update().one()
    account.balance -= amount
    session.commit()


def refreshed_under_lock(session: Session, account: Account, amount):
    session.refresh(account, with_for_update=True)
    account.balance -= amount
    session.commit()


def locked_and_populated_anew(session: Session, account_id, amount):
    account = session.get(Account, account_id)
    if account is None:
        raise KeyError(account_id)
    account = session.get(Account, account_id, with_for_update=True, populate_existing=True)
    account.balance -= amount
    session.commit()


def version_column(session: Session, document_id):
    document = session.get(Document, document_id)
    document.edits += 1
    session.commit()


def value_from_the_caller(session: Session, account_id, owner):
    account = session.get(Account, account_id)
    account.owner = owner
    session.commit()


def row_made_here(session: Session, owner, cents):
    account = Account(owner=owner, balance=0)
    account.balance += cents
    session.add(account)
    session.commit()


def read_only(account_id):
    with SessionLocal() as session:
        return session.get(Account, account_id).balance


async def locked_async_get(session: AsyncSession, account_id, amount):
    async with session.begin():
        account = await session.get(Account, account_id, with_for_update=True)
        account.balance -= amount


async def locked_async_select(session: AsyncSession, account_id, amount):
    result = await session.execute(select(Account).where(Account.id == account_id).with_for_update())
    account = result.scalar_one()
    account.balance -= amount
    await session.commit()
