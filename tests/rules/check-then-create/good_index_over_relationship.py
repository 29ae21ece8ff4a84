from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Club(Base):
    __tablename__ = "clubs"
    id: Mapped[int] = mapped_column(primary_key=True)


class Member(Base):
    __tablename__ = "members"
    __table_args__ = (Index("members_club_email", "club_id", "email", unique=True),)
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    club_id: Mapped[int] = mapped_column(ForeignKey("clubs.id"))
    club = relationship("Club")


def join(session: Session, club, email):
    # The index refuses the second of two: low where it is not seen that a request runs this.
    if session.query(Member).filter(Member.club == club, Member.email == email).first() is None:
        session.add(Member(club=club, email=email))
        session.commit()
