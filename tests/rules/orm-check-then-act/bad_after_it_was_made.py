"""The same decision on a row that others have too."""

from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Member(Base):
    __tablename__ = "members"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    number: Mapped[int]

    def __init__(self, name):
        self.name = name

    def enter(self, session: Session, number):
        if self.number is None:  # expect: FEN204
            self.number = number
            session.commit()
