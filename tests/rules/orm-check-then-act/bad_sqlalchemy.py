from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Coupon(Base):
    __tablename__ = "coupon"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    spent: Mapped[bool] = mapped_column(default=False)
    uses_left: Mapped[int] = mapped_column(default=1)


class Grant(Base):
    __tablename__ = "coupon_grant"
    id: Mapped[int] = mapped_column(primary_key=True)
    coupon_id: Mapped[int]


def session_get(session: Session, coupon_id):
    coupon = session.get(Coupon, coupon_id)  # expect: FEN204
    if coupon.spent:
        return False
    coupon.spent = True
    session.commit()
    return True


def select_one(session: Session, code):
    coupon = session.scalars(select(Coupon).where(Coupon.code == code)).one()  # expect: FEN204
    if coupon.spent:
        raise ValueError(code)
    coupon.spent = True
    session.commit()


def legacy_query(session: Session, code):
    coupon = session.query(Coupon).filter_by(code=code).first()  # expect: FEN204
    if coupon is None or coupon.spent:
        return False
    coupon.spent = True
    session.commit()
    return True


def with_a_new_row(session: Session, coupon_id):
    coupon = session.get(Coupon, coupon_id)  # expect: FEN204
    if coupon.spent:
        return
    coupon.spent = True
    session.add(Grant(coupon_id=coupon_id))
    session.commit()


def update_statement(session: Session, coupon_id):
    coupon = session.get(Coupon, coupon_id)  # expect: FEN204
    if coupon.uses_left < 1:
        return False
    session.execute(update(Coupon).where(Coupon.id == coupon_id).values(uses_left=Coupon.uses_left - 1))
    session.commit()
    return True


def sql_expression(session: Session, coupon_id):
    coupon = session.get(Coupon, coupon_id)  # expect: FEN204
    if coupon.uses_left < 1:
        raise ValueError(coupon_id)
    coupon.uses_left = Coupon.uses_left - 1
    session.commit()


async def awaited(session: AsyncSession, coupon_id):
    async with session.begin():
        coupon = await session.get(Coupon, coupon_id)  # expect: FEN204
        if coupon.spent:
            return False
        coupon.spent = True
        return True


async def awaited_select(session: AsyncSession, code):
    coupon = await session.scalar(select(Coupon).where(Coupon.code == code))  # expect: FEN204
    if coupon is None or coupon.spent:
        return False
    coupon.spent = True
    await session.commit()
    return True


def redeem(session: Session, coupon: Coupon):
    if coupon.spent:  # expect: FEN204
        return False
    coupon.spent = True
    session.commit()
    return True
