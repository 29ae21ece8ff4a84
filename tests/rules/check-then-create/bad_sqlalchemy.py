from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

db = SQLAlchemy()


class Base(DeclarativeBase):
    pass


class Tag(Base):
    __tablename__ = "tag"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    number: Mapped[int] = mapped_column(default=0)


class Label(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(40))


def legacy_query(session: Session, name):
    tag = session.query(Tag).filter_by(name=name).first()  # expect: FEN205
    if tag is None:
        tag = Tag(name=name)
        session.add(tag)
        session.commit()
    return tag


def select_scalar(session: Session, name):
    tag = session.scalar(select(Tag).where(Tag.name == name))  # expect: FEN205
    if tag is not None:
        return False
    session.add(Tag(name=name))
    session.commit()
    return True


def one_or_none(session: Session, name):
    tag = session.execute(select(Tag).where(Tag.name == name)).scalar_one_or_none()  # expect: FEN205
    if tag is None:
        session.add(Tag(name=name))
        session.commit()


def count_of_rows(session: Session, name):
    if session.query(Tag).filter(Tag.name == name).count() >= 3:  # expect: FEN205
        raise ValueError(name)
    session.add(Tag(name=name))
    session.commit()


def highest_number(session: Session, name):
    highest = session.scalar(select(func.max(Tag.number))) or 0  # expect: FEN205
    session.add(Tag(name=name, number=highest + 1))
    session.commit()


def flask_query(name):
    if Label.query.filter_by(name=name).first() is None:  # expect: FEN205
        db.session.add(Label(name=name))
        db.session.commit()


async def awaited(session: AsyncSession, name):
    tag = await session.scalar(select(Tag).where(Tag.name == name))  # expect: FEN205
    if tag is None:
        session.add(Tag(name=name))
        await session.commit()


async def awaited_execute(session: AsyncSession, name):
    async with session.begin():
        result = await session.execute(select(Tag).where(Tag.name == name))  # expect: FEN205
        if result.scalars().first() is None:
            session.add(Tag(name=name))
