"""A revision of the schema, which one process runs."""

from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from alembic import op

revision = "5b1a"
down_revision = "4c0f"


class Base(DeclarativeBase):
    pass


class Town(Base):
    __tablename__ = "towns"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    people: Mapped[int]


def upgrade():
    session = Session(bind=op.get_bind())
    for town in session.query(Town).all():
        town.people += 1
    if session.query(Town).filter(Town.name == "none").first() is None:
        session.add(Town(name="none", people=0))
    session.commit()
