import redis
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

client = redis.Redis()


class Base(DeclarativeBase):
    pass


class Wallet(Base):
    __tablename__ = "wallets"
    id: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int]


def withdraw(session: Session, wallet_id, amount):
    with client.lock(f"wallet:{wallet_id}", timeout=10):
        wallet = session.get(Wallet, wallet_id)
        wallet.balance -= amount
        session.commit()
