"""SQLAlchemy sessions are always in a transaction: the lock lasts until the commit."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Wallet(Base):
    __tablename__ = "wallets"
    id: Mapped[int] = mapped_column(primary_key=True)
    cents: Mapped[int]
    state: Mapped[str]


def pay(session: Session, wallet_id: int, cents: int) -> None:
    wallet = session.get(Wallet, wallet_id)
    before = wallet.cents
    session.execute(select(Wallet).where(Wallet.id == wallet_id).with_for_update())  # expect: FEN209
    wallet.cents = before - cents
    session.commit()


async def pay_too_early(session: AsyncSession, wallet_id: int, cents: int) -> None:
    wallet = (await session.execute(select(Wallet).where(Wallet.id == wallet_id).with_for_update())).scalar_one()  # expect: FEN209
    before = wallet.cents
    await session.commit()
    wallet.cents = before - cents
    await session.commit()


def pay_locked(session: Session, wallet_id: int, cents: int) -> None:
    wallet = session.execute(select(Wallet).where(Wallet.id == wallet_id).with_for_update()).scalar_one()
    wallet.cents = wallet.cents - cents
    session.commit()


def pay_refreshed(session: Session, wallet_id: int, cents: int) -> None:
    wallet = session.get(Wallet, wallet_id)
    session.refresh(wallet, with_for_update=True)
    wallet.cents = wallet.cents - cents
    session.commit()
