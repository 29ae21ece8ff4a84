"""What a row decides on while it is being made is nobody else's yet."""

from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Group(Base):
    __tablename__ = "groups"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Member(Base):
    __tablename__ = "members"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    full_name: Mapped[str]
    group_id: Mapped[int]

    def __init__(self, session: Session, full_name, group, **rest):
        self.full_name = full_name
        self.group_id = session.query(Group).filter(Group.name == group).one().id
        if self.name is None:
            self.name = full_name
        session.flush()
