"""Rows of SQLAlchemy, and queues that pickle what they are given."""

import dramatiq
from huey import RedisHuey
from redis import Redis
from rq import Queue
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

huey = RedisHuey("app")
queue = Queue(connection=Redis())


class Base(DeclarativeBase):
    pass


class Member(Base):
    __tablename__ = "members"
    id: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[str]


@huey.task()
def promote(member):
    print(member.level)


@huey.task()
def promote_by_id(member_id):
    print(member_id)


@dramatiq.actor
def greet(member):
    print(member.level)


def welcome(member):
    print(member.level)


def join(session: Session, member_id: int) -> None:
    member = session.get(Member, member_id)
    promote(member)  # expect: FEN308 "Member"
    promote_by_id(member.id)


def join_with_rq(session: Session, member_id: int) -> None:
    member = session.scalars(select(Member).where(Member.id == member_id)).one()
    queue.enqueue(welcome, member)  # expect: FEN308
    queue.enqueue(welcome, member.id)


def join_with_dramatiq(session: Session, member_id: int) -> None:
    member = session.get(Member, member_id)
    greet.send(member)  # expect: FEN308
    greet.send(member.id)


def events(client: Redis, session: Session, member_id: int) -> None:
    """An event says what was; who gets it does not take it for what is."""
    member = session.get(Member, member_id)
    client.xadd("joined", {"id": member.id, "level": member.level})
    client.publish("joined", member.level)
