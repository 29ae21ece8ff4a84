"""Who comes second is refused by the UPDATE, looks at that, and only ends otherwise than a run after the first would."""

from sqlalchemy import update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

import httpx


class Base(DeclarativeBase):
    pass


class Review(Base):
    __tablename__ = "reviews"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]


def count_of_rows(session: Session, review: Review):
    if review.state != "open":
        raise ValueError(review.state)
    statement = update(Review).where(Review.id == review.id, Review.state == "open").values(state="done")
    if session.execute(statement).rowcount == 0:
        return None
    return review


def row_that_comes_back(session: Session, review: Review):
    if review.state not in ("open", "late"):
        raise ValueError(review.state)
    statement = update(Review).where(Review.id == review.id, Review.state.in_(["open", "late"])).values(state="done")
    done = session.execute(statement.returning(Review)).scalar_one_or_none()
    if done is not None and done.id:
        httpx.post("https://mail.example/", json={"id": review.id})
    return done


def none_comes_back(session: Session, review: Review):
    if review.state != "open":
        raise ValueError(review.state)
    statement = update(Review).where(Review.id == review.id, Review.state == "open").values(state="done")
    if session.scalars(statement.returning(Review.id)).first() is None:
        raise LookupError(review.id)
    httpx.post("https://mail.example/", json={"id": review.id})


def one_must_come_back(session: Session, review: Review):
    if review.state != "open":
        raise ValueError(review.state)
    statement = update(Review).where(Review.id == review.id, Review.state == "open").values(state="done")
    session.execute(statement.returning(Review.id)).scalar_one()
    httpx.post("https://mail.example/", json={"id": review.id})
