"""An UPDATE that asks for the old state, and a run that does its other work whether or not there was a row."""

from sqlalchemy import update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

import httpx


class Base(DeclarativeBase):
    pass


class Review(Base):
    __tablename__ = "reviews"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]


def not_looked_at(session: Session, review: Review):
    if review.state != "open":  # expect: FEN204
        raise ValueError(review.state)
    session.execute(update(Review).where(Review.id == review.id, Review.state == "open").values(state="done"))
    return True


def goes_on(session: Session, review: Review):
    if review.state != "open":  # expect: FEN204
        raise ValueError(review.state)
    statement = update(Review).where(Review.id == review.id, Review.state == "open").values(state="done")
    if session.execute(statement).rowcount == 0:
        print("somebody else")
    httpx.post("https://mail.example/", json={"id": review.id})


def comes_back_unseen(session: Session, review: Review):
    if review.state != "open":  # expect: FEN204
        raise ValueError(review.state)
    statement = update(Review).where(Review.id == review.id, Review.state == "open").values(state="done")
    session.execute(statement.returning(Review)).scalar_one_or_none()
    httpx.post("https://mail.example/", json={"id": review.id})


def acts_first(session: Session, review: Review):
    if review.state != "open":  # expect: FEN204
        raise ValueError(review.state)
    httpx.post("https://mail.example/", json={"id": review.id})
    statement = update(Review).where(Review.id == review.id, Review.state == "open").values(state="done")
    if session.execute(statement).rowcount == 0:
        return None
    return review
