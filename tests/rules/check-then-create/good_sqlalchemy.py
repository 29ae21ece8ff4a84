from sqlalchemy import String, UniqueConstraint, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Tag(Base):
    __tablename__ = "tag"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)


class Tagging(Base):
    __tablename__ = "tagging"
    __table_args__ = (UniqueConstraint("tag_id", "page"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    tag_id: Mapped[int]
    page: Mapped[str]


def conflict_does_nothing(session: Session, name):
    session.execute(insert(Tag).values(name=name).on_conflict_do_nothing(index_elements=["name"]))
    session.commit()


def conflict_does_nothing_after_a_look(session: Session, name):
    if session.scalar(select(Tag).where(Tag.name == name)) is None:
        session.execute(insert(Tag).values(name=name).on_conflict_do_nothing())
        session.commit()


def conflict_updates(session: Session, tag_id, page):
    statement = insert(Tagging).values(tag_id=tag_id, page=page)
    session.execute(statement.on_conflict_do_update(index_elements=["tag_id", "page"], set_={"page": page}))
    session.commit()


def error_handled(session: Session, name):
    if session.query(Tag).filter_by(name=name).first() is not None:
        return False
    session.add(Tag(name=name))
    try:
        session.commit()
    except IntegrityError:
        session.rollback()
        return False
    return True


def error_handled_in_a_savepoint(session: Session, name):
    tag = session.scalar(select(Tag).where(Tag.name == name))
    if tag is None:
        try:
            with session.begin_nested():
                tag = Tag(name=name)
                session.add(tag)
        except IntegrityError:
            tag = session.scalar(select(Tag).where(Tag.name == name))
    session.commit()
    return tag


def set_of_fields_is_unique(session: Session, tag_id, page):
    try:
        if session.query(Tagging).filter_by(tag_id=tag_id, page=page).count() == 0:
            session.add(Tagging(tag_id=tag_id, page=page))
            session.commit()
    except IntegrityError:
        session.rollback()


def parent_locked(session: Session, tag_id, page):
    session.get(Tag, tag_id, with_for_update=True)
    if session.query(Tagging).filter_by(tag_id=tag_id, page=page).first() is None:
        session.add(Tagging(tag_id=tag_id, page=page))
    session.commit()


async def awaited_conflict_does_nothing(session: AsyncSession, name):
    await session.execute(insert(Tag).values(name=name).on_conflict_do_nothing())
    await session.commit()


async def awaited_error_handled(session: AsyncSession, name):
    try:
        async with session.begin():
            if await session.scalar(select(Tag).where(Tag.name == name)) is None:
                session.add(Tag(name=name))
    except IntegrityError:
        return False
    return True
