"""The row is locked when it is read: SQLAlchemy."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Coupon(Base):
    __tablename__ = "coupon"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    spent: Mapped[bool] = mapped_column(default=False)
    uses_left: Mapped[int] = mapped_column(default=1)


def get(session: Session, coupon_id):
    coupon = session.get(Coupon, coupon_id, with_for_update=True, populate_existing=True)
    if coupon.spent:
        return False
    coupon.spent = True
    session.commit()
    return True


def one(session: Session, code):
    coupon = session.scalars(select(Coupon).where(Coupon.code == code).with_for_update().execution_options(populate_existing=True)).one()
    if coupon.spent:
        raise ValueError(code)
    coupon.spent = True
    session.commit()


def query(session: Session, code):
    coupon = (
        session.query(Coupon)
        .filter_by(code=code)
        .populate_existing()
        .with_for_update()
        .first()
    )
    if coupon is None or coupon.spent:
        return False
    coupon.spent = True
    session.commit()
    return True


def statement(session: Session, coupon_id):
    coupon = session.get(Coupon, coupon_id, with_for_update=True, populate_existing=True)
    if coupon.uses_left < 1:
        return False
    session.execute(update(Coupon).where(Coupon.id == coupon_id).values(uses_left=Coupon.uses_left - 1))
    session.commit()
    return True


async def awaited(session: AsyncSession, coupon_id):
    async with session.begin():
        coupon = await session.get(Coupon, coupon_id, with_for_update=True, populate_existing=True)
        if coupon.spent:
            return False
        coupon.spent = True
        return True


async def scalar(session: AsyncSession, code):
    coupon = await session.scalar(select(Coupon).where(Coupon.code == code).with_for_update().execution_options(populate_existing=True))
    if coupon is None or coupon.spent:
        return False
    coupon.spent = True
    await session.commit()
    return True
