"""Sessions of every kind: what they hold, when they write, and when their locks go."""

from sqlalchemy import UniqueConstraint, exists, func, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, scoped_session, sessionmaker

SessionLocal = sessionmaker()
Scoped = scoped_session(SessionLocal)


class Base(DeclarativeBase):
    pass


class Wallet(Base):
    __tablename__ = "wallet"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(unique=True)
    coins: Mapped[int]
    frozen: Mapped[bool]


class Seat(Base):
    __tablename__ = "seat"
    __table_args__ = (UniqueConstraint("show", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    show: Mapped[int]
    number: Mapped[int]


def two_sessions(wallet_id, n):
    with SessionLocal() as one:
        coins = one.get(Wallet, wallet_id).coins  # expect: FEN203
    with SessionLocal() as two:
        two.get(Wallet, wallet_id).coins = coins - n
        two.commit()


def lock_given_back(session: Session, wallet_id, n):
    w = session.get(Wallet, wallet_id, with_for_update=True)  # expect: FEN209
    coins = w.coins
    session.commit()
    w.coins = coins - n
    session.commit()


def locked_too_late(session: Session, wallet_id, n):
    w = session.get(Wallet, wallet_id)
    if w.frozen:
        return
    w = session.get(Wallet, wallet_id, with_for_update=True)  # expect: FEN209
    w.coins -= n
    session.commit()


def column_read(session: Session, wallet_id, n):
    coins = session.query(Wallet.coins).filter(Wallet.id == wallet_id).scalar()  # expect: FEN203
    session.query(Wallet).filter(Wallet.id == wallet_id).update({Wallet.coins: coins - n})
    session.commit()


def scoped_rmw(wallet_id, n):
    w = Scoped.get(Wallet, wallet_id)  # expect: FEN203
    w.coins -= n
    Scoped.commit()


def scoped_call_rmw(wallet_id, n):
    s = Scoped()
    w = s.query(Wallet).filter(Wallet.id == wallet_id).first()  # expect: FEN203
    w.coins -= n
    s.commit()


def exists_then_add(session: Session, show, number):
    if not session.query(exists().where(Wallet.coins == number)).scalar():  # expect: FEN205
        session.add(Wallet(coins=number, owner=show))
        session.commit()


def query_exists(session: Session, number):
    if not session.query(session.query(Wallet).filter_by(coins=number).exists()).scalar():  # expect: FEN205
        session.add(Wallet(coins=number))
        session.commit()


def count_star(session: Session, show):
    n = session.execute(select(func.count()).select_from(Seat).where(Seat.show == show)).scalar()  # expect: FEN205
    if n < 100:
        session.add(Seat(show=show, number=n + 1))
        session.commit()


def core_insert(session: Session, coins):
    found = session.execute(select(Wallet.id).where(Wallet.coins == coins)).scalar_one_or_none()  # expect: FEN205
    if found is None:
        session.execute(insert(Wallet).values(coins=coins))
        session.commit()


def merge_it(session: Session, wallet_id, n):
    w = session.get(Wallet, wallet_id)  # expect: FEN203
    session.merge(Wallet(id=wallet_id, coins=w.coins - n))
    session.commit()


def add_all_flush(session: Session, show):
    w = session.query(Wallet).filter(Wallet.owner == show).one_or_none()
    if not w:
        session.add_all([Wallet(owner=show, coins=0)])
    session.commit()


def in_a_loop(session: Session, n):
    for w in session.scalars(select(Wallet).where(Wallet.frozen.is_(False))):  # expect: FEN203
        w.coins -= n
    session.commit()


def in_a_loop_all(session: Session, n):
    for w in session.query(Wallet).filter_by(frozen=False).all():  # expect: FEN203
        w.coins = w.coins - n
        session.commit()


def try_block(wallet_id, n):
    session = SessionLocal()
    try:
        w = session.query(Wallet).get(wallet_id)  # expect: FEN203
        w.coins -= n
        session.commit()
    except Exception:
        session.rollback()
    finally:
        session.close()


def flush_only(wallet_id, n):
    with Scoped.begin():
        w = Scoped.get(Wallet, wallet_id)  # expect: FEN203
        w.coins -= n
