from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Vote(Base):
    __tablename__ = "votes"
    id: Mapped[int] = mapped_column(primary_key=True)
    poll: Mapped[int]
    voter: Mapped[str]


class Poll(Base):
    __tablename__ = "polls"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    slug: Mapped[str]


class Voter(Base):
    __tablename__ = "voters"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    login: Mapped[str]
    left: Mapped[str | None]


def vote(session: Session, poll, voter):
    if session.scalar(select(Vote).where(Vote.poll == poll, Vote.voter == voter)) is None:
        session.add(Vote(poll=poll, voter=voter))
        session.commit()


def poll_by_slug(session: Session, slug):
    if session.scalar(select(Poll).where(Poll.slug == slug)) is None:
        session.add(Poll(slug=slug, title=""))
        session.commit()


def poll_by_title(session: Session, title):
    if session.scalar(select(Poll).where(Poll.title == title)) is None:  # expect: FEN205 "constraint on title is stated"
        session.add(Poll(slug="", title=title))
        session.commit()


def voter_by_login(session: Session, login):
    if session.scalar(select(Voter).where(Voter.login == login)) is None:
        session.add(Voter(login=login, email=""))
        session.commit()


def voter_by_email(session: Session, email):
    if session.scalar(select(Voter).where(Voter.email == email)) is None:
        session.add(Voter(login="", email=email, left=None))
        session.commit()


def voter_who_left(session: Session, email):
    if session.scalar(select(Voter).where(Voter.email == email)) is None:  # expect: FEN205
        session.add(Voter(login="", email=email, left="today"))
        session.commit()
