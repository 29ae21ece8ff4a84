from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

SessionLocal = sessionmaker()
make_async_session = async_sessionmaker(create_async_engine("postgresql+asyncpg://db/shop"))


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    balance: Mapped[int] = mapped_column(default=0)


def session_get(session: Session, account_id, amount):
    account = session.get(Account, account_id)  # expect: FEN203
    account.balance -= amount
    session.commit()


def select_scalar(session: Session, account_id, amount):
    account = session.execute(select(Account).where(Account.id == account_id)).scalar_one()  # expect: FEN203
    account.balance = account.balance - amount
    session.commit()


def scalars_one(session: Session, account_id, amount):
    statement = select(Account).where(Account.id == account_id)
    account = session.scalars(statement).one()  # expect: FEN203
    account.balance -= amount
    session.commit()


def legacy_query(session: Session, account_id, amount):
    account = session.query(Account).filter(Account.id == account_id).one()  # expect: FEN203
    account.balance -= amount
    session.commit()


def legacy_query_get(session: Session, account_id, amount):
    account = session.query(Account).get(account_id)  # expect: FEN203
    if account.balance < amount:
        raise ValueError(account_id)
    account.balance -= amount
    session.commit()


def legacy_first(session: Session, owner, amount):
    account = session.query(Account).filter_by(owner=owner).first()  # expect: FEN203
    if account is None:
        return
    account.balance += amount
    session.add(account)
    session.commit()


def session_of_its_own(account_id, amount):
    with SessionLocal() as session:
        account = session.get(Account, account_id)  # expect: FEN203
        account.balance -= amount
        session.commit()


def begun_block(account_id, amount):
    with SessionLocal.begin() as session:
        account = session.get(Account, account_id)  # expect: FEN203
        account.balance -= amount


def written_by_update(session: Session, account_id, amount):
    account = session.get(Account, account_id)  # expect: FEN203
    session.execute(update(Account).where(Account.id == account_id).values(balance=account.balance - amount))
    session.commit()


def written_by_query_update(session: Session, account_id, amount):
    balance = session.scalar(select(Account.balance).where(Account.id == account_id))  # expect: FEN203
    session.query(Account).filter(Account.id == account_id).update({"balance": balance - amount})
    session.commit()


def row_as_parameter(session: Session, account: Account, amount):
    account.balance -= amount  # expect: FEN203
    session.commit()


async def async_session_get(session: AsyncSession, account_id, amount):
    account = await session.get(Account, account_id)  # expect: FEN203
    account.balance -= amount
    await session.commit()


async def async_select(account_id, amount):
    async with make_async_session() as session, session.begin():
        result = await session.execute(select(Account).where(Account.id == account_id))  # expect: FEN203
        account = result.scalar_one()
        account.balance -= amount


class Accounts:
    def __init__(self, session: Session):
        self.session = session

    def withdraw(self, account_id, amount):
        account = self.session.get(Account, account_id)  # expect: FEN203
        account.balance -= amount
        self.session.flush()
        self.session.commit()
