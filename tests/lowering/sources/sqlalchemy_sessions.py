from contextlib import contextmanager

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

SessionLocal = sessionmaker()


class Base(DeclarativeBase):
    pass


class Purse(Base):
    __tablename__ = "purse"
    id: Mapped[int] = mapped_column(primary_key=True)
    coins: Mapped[int]
    owner: Mapped[str]


class Note(Base):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    version: Mapped[int]
    __mapper_args__ = {"version_id_col": version}


@contextmanager
def unit_of_work():
    session = SessionLocal()
    try:
        yield session
        session.commit()
    except Exception:
        session.rollback()
        raise
    finally:
        session.close()


def written_at_commit(session: Session, purse_id, coins):
    purse = session.get(Purse, purse_id, with_for_update=True)
    purse.coins -= coins
    session.commit()
    return purse.coins


def never_committed_here(session: Session, purse_id):
    session.get(Purse, purse_id).coins = 0


def added_on_one_path(session: Session, owner):
    if session.scalar(select(func.count()).select_from(Purse).where(Purse.owner == owner)) == 0:
        session.add(Purse(owner=owner, coins=0))
    session.commit()


def version_compared(session: Session, note_id, text):
    note = session.get(Note, note_id)
    note.text = note.text + text
    session.commit()


def returned_out_of_a_unit_of_work(purse_id, coins):
    with unit_of_work() as session:
        purse = session.get(Purse, purse_id)
        if purse.coins < coins:
            return False
        purse.coins = Purse.coins - coins
        return True


async def begun_block(session: AsyncSession, owner):
    async with session.begin():
        result = await session.execute(select(Purse).where(Purse.owner == owner))
        purse = result.scalar_one()
        purse.coins += 1
