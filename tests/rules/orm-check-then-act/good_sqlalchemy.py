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
    seen: Mapped[bool] = mapped_column(default=False)
    label: Mapped[str]


class Offer(Base):
    __tablename__ = "offer"
    id: Mapped[int] = mapped_column(primary_key=True)
    taken: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


def locked_get(session: Session, coupon_id):
    coupon = session.get(Coupon, coupon_id, with_for_update=True)
    if coupon.spent:
        return False
    coupon.spent = True
    session.commit()
    return True


def locked_select(session: Session, code):
    coupon = session.scalars(select(Coupon).where(Coupon.code == code).with_for_update()).one()
    if coupon.spent:
        raise ValueError(code)
    coupon.spent = True
    session.commit()


def locked_query_skipping(session: Session):
    coupon = session.query(Coupon).filter_by(spent=False).with_for_update(skip_locked=True).first()
    if coupon is None:
        return False
    coupon.spent = True
    session.commit()
    return True


def refreshed_under_lock(session: Session, coupon: Coupon):
    session.refresh(coupon, with_for_update=True)
    if coupon.spent:
        return False
    coupon.spent = True
    session.commit()
    return True


def conditional_update(session: Session, coupon_id):
    result = session.execute(
        update(Coupon).where(Coupon.id == coupon_id, Coupon.spent.is_(False)).values(spent=True)
    )
    session.commit()
    return result.rowcount == 1


def conditional_query_update(session: Session, coupon_id):
    changed = session.query(Coupon).filter_by(id=coupon_id, spent=False).update({"spent": True})
    session.commit()
    if not changed:
        raise ValueError(coupon_id)


def version_column(session: Session, offer_id):
    offer = session.get(Offer, offer_id)
    if offer.taken:
        return False
    offer.taken = True
    session.commit()
    return True


def same_constant_either_way(session: Session, coupon_id):
    coupon = session.get(Coupon, coupon_id)
    if not coupon.seen:
        coupon.seen = True
        session.commit()


def missing_row_refused(session: Session, coupon_id, label):
    coupon = session.get(Coupon, coupon_id)
    if coupon is None:
        raise KeyError(coupon_id)
    coupon.label = label
    session.commit()


async def awaited_locked_get(session: AsyncSession, coupon_id):
    async with session.begin():
        coupon = await session.get(Coupon, coupon_id, with_for_update=True)
        if coupon.spent:
            return False
        coupon.spent = True
        return True


async def awaited_conditional_update(session: AsyncSession, coupon_id):
    statement = update(Coupon).where(Coupon.id == coupon_id, Coupon.spent.is_(False)).values(spent=True)
    result = await session.execute(statement)
    await session.commit()
    return result.rowcount == 1
