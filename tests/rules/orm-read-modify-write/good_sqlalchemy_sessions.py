"""Sessions of every kind: what they hold, when they write, and when their locks go."""

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import UniqueConstraint, and_, delete, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, scoped_session, sessionmaker

db = SQLAlchemy()
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


class Label(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(40), unique=True)
    uses = db.Column(db.Integer)


def locked_by_scoped(wallet_id, n):
    w = Scoped.query(Wallet).filter_by(id=wallet_id).with_for_update().one()
    w.coins -= n
    Scoped.commit()


def locked_by_scoped_call(wallet_id, n):
    session = Scoped()
    w = session.query(Wallet).with_for_update().get(wallet_id)
    w.coins -= n
    session.commit()


def flask_locked(label_id):
    label = Label.query.with_for_update().filter_by(id=label_id).first_or_404()
    label.uses = label.uses + 1
    db.session.commit()


def flask_select_locked(label_id):
    label = db.session.execute(db.select(Label).filter_by(id=label_id).with_for_update()).scalar_one()
    label.uses = label.uses + 1
    db.session.commit()


def unique_and_handled(session: Session, show, number):
    if session.scalar(select(Seat).where(Seat.show == show, Seat.number == number)) is not None:
        return False
    session.add(Seat(show=show, number=number))
    try:
        session.commit()
    except IntegrityError:
        session.rollback()
        return False
    return True


def unique_and_handled_flush(session: Session, show, number):
    seat = session.query(Seat).filter(and_(Seat.show == show, Seat.number == number)).one_or_none()
    if seat is None:
        try:
            with session.begin_nested():
                seat = Seat(show=show, number=number)
                session.add(seat)
        except IntegrityError:
            seat = session.query(Seat).filter(and_(Seat.show == show, Seat.number == number)).one()
    session.commit()
    return seat


def upsert(session: Session, show, number):
    statement = pg_insert(Seat).values(show=show, number=number).on_conflict_do_nothing()
    session.execute(statement)
    session.commit()


def upsert_after_look(session: Session, show, number):
    if session.execute(select(Seat.id).where(Seat.show == show, Seat.number == number)).first():
        return
    session.execute(pg_insert(Seat).values(show=show, number=number).on_conflict_do_nothing())
    session.commit()


def in_session_begin(wallet_id, n):
    with SessionLocal() as session, session.begin():
        w = session.scalars(select(Wallet).where(Wallet.id == wallet_id).with_for_update()).one()
        if w.coins < n:
            return False
        w.coins -= n
    return True


def in_session_begin_nested_with(wallet_id, n):
    with SessionLocal() as session:
        with session.begin():
            w = session.get(Wallet, wallet_id, with_for_update={"nowait": True})
            w.coins = w.coins - n


def begin_by_hand(wallet_id, n):
    session = SessionLocal()
    tx = session.begin()
    try:
        w = session.get(Wallet, wallet_id, with_for_update=True)
        w.coins -= n
        tx.commit()
    except Exception:
        tx.rollback()
        raise


async def async_locked(session: AsyncSession, wallet_id, n):
    w = (await session.execute(select(Wallet).where(Wallet.id == wallet_id).with_for_update())).scalars().first()
    if w is None or w.coins < n:
        return False
    w.coins -= n
    await session.flush()
    await session.commit()
    return True


def conditional(session: Session, wallet_id, n):
    changed = session.execute(
        update(Wallet).where(Wallet.id == wallet_id).where(Wallet.coins >= n).values({Wallet.coins: Wallet.coins - n})
    ).rowcount
    session.commit()
    return changed == 1


def conditional_returning(session: Session, wallet_id):
    row = session.execute(
        update(Wallet).where(Wallet.id == wallet_id, Wallet.frozen.is_(False)).values(frozen=True).returning(Wallet.id)
    ).first()
    session.commit()
    return row is not None


def expression(session: Session, wallet_id, n):
    w = session.get(Wallet, wallet_id)
    w.coins = Wallet.coins + n
    session.commit()


def only_read(session: Session, owner):
    w = session.query(Wallet).filter_by(owner=owner).first()
    if w and w.coins > 3:
        return w.coins
    return 0


def blind(session: Session, wallet_id, coins):
    w = session.get(Wallet, wallet_id)
    if w is None:
        return None
    w.coins = coins
    session.commit()
    return w


def created_fresh(session: Session, owner):
    w = Wallet(owner=owner, coins=0)
    session.add(w)
    session.flush()
    w.coins = w.coins + 5
    session.commit()


def delete_all(session: Session, wallet_id):
    session.execute(delete(Wallet).where(Wallet.id == wallet_id))
    session.commit()
