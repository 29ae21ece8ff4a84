"""The state of the row, set in the statement that counts, keeps a second delivery out: also where it is asked by name."""

import enum

from celery import shared_task
from sqlalchemy import Enum, Integer
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class State(enum.Enum):
    OPEN = "open"
    RUNNING = "running"
    DONE = "done"

    def is_terminal(self):
        return self in {State.DONE}


class Job(Base):
    __tablename__ = "job"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[State] = mapped_column(Enum(State))
    skipped: Mapped[int] = mapped_column(Integer, default=0)
    note: Mapped[str] = mapped_column(default="")


@shared_task(acks_late=True)
def count_once(ident, engine):
    with Session(engine) as session:
        job = session.get(Job, ident)
        if job.state.is_terminal():
            return
        job.skipped = job.skipped + 1
        job.state = State.DONE
        session.commit()


@shared_task(acks_late=True)
def count_whatever_the_state(ident, engine):
    with Session(engine) as session:
        job = session.get(Job, ident)
        if job.note.isspace():
            return
        job.skipped = job.skipped + 1
        job.state = State.DONE
        session.commit()  # expect: FEN301
