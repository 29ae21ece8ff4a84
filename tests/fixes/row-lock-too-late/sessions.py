"""Sessions: the read that decides locks; a lock that a commit has ended cannot be kept."""

from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Wallet(Base):
    __tablename__ = "wallets"
    id: Mapped[int] = mapped_column(primary_key=True)
    cents: Mapped[int]


def pay(session: Session, wallet_id: int, cents: int) -> None:
    wallet = session.get(Wallet, wallet_id)
    before = wallet.cents
    session.execute(select(Wallet).where(Wallet.id == wallet_id).with_for_update())
    wallet.cents = before - cents
    session.commit()


def pay_too_early(session: Session, wallet_id: int, cents: int) -> None:
    wallet = session.get(Wallet, wallet_id, with_for_update=True)  # unfixed: "commits between"
    before = wallet.cents
    session.commit()
    wallet.cents = before - cents
    session.commit()
