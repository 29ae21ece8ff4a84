"""The ways in which SQLAlchemy states that columns are unique."""

from typing import Annotated

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, UniqueConstraint, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column

unique_text = Annotated[str, mapped_column(String(40), unique=True)]
metadata = MetaData()
shelves = Table(
    "shelves",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("room", Integer),
    Column("place", Integer),
    UniqueConstraint("room", "place"),
)


class Base(DeclarativeBase):
    pass


class OneNameEach:
    name: Mapped[str]
    owner: Mapped[int]

    @declared_attr.directive
    def __table_args__(cls):
        return (UniqueConstraint("owner", "name"), {"schema": "shop"})


class Basket(OneNameEach, Base):
    __tablename__ = "baskets"
    id: Mapped[int] = mapped_column(primary_key=True)


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    login: Mapped[unique_text]


Index("ix_users_email", func.lower(User.email), unique=True)


class Shelf(Base):
    __table__ = shelves


class Slot(Base):
    __tablename__ = "slots"
    id: Mapped[int] = mapped_column(primary_key=True)
    hour: Mapped[int]
    is_taken: Mapped[bool]
    __table_args__ = (Index("ix_taken", "hour", unique=True, postgresql_where=(is_taken.is_(True))),)


def basket(session: Session, owner, name):
    try:
        if session.scalar(select(Basket).where(Basket.owner == owner, Basket.name == name)) is None:
            session.add(Basket(owner=owner, name=name))
            session.commit()
    except IntegrityError:
        session.rollback()


def _count(session: Session):
    return session.scalar(select(func.count(User.id)))


def user(session: Session, email):
    if session.scalar(select(User).where(User.email == email)) is None:
        session.add(User(email=email))
        session.commit()


def login(session: Session, name):
    if session.scalar(select(User).where(User.login == name)) is None:
        session.add(User(login=name))
        session.commit()


def shelf(session: Session, room, place):
    if session.scalar(select(Shelf).where(Shelf.room == room, Shelf.place == place)) is None:
        session.add(Shelf(room=room, place=place))
        session.commit()


def slot(session: Session, hour):
    if session.scalar(select(Slot).where(Slot.hour == hour, Slot.is_taken == True)) is None:  # noqa: E712
        session.add(Slot(hour=hour, is_taken=True))
        session.commit()
