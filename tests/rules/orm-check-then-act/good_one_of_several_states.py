"""A conditional update that asks for one of several states, its count checked: only one run gets past it."""

from django.db import models
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Order(models.Model):
    state = models.CharField(max_length=9)


class Base(DeclarativeBase):
    pass


class Shop(Base):
    __tablename__ = "shops"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]


def ship(order_id):
    order = Order.objects.get(pk=order_id)
    if order.state not in ("paid", "packed"):
        raise ValueError
    if not Order.objects.filter(pk=order.pk, state__in=["paid", "packed"]).update(state="shipped"):
        raise ValueError


async def confirm(session: AsyncSession, shop_id):
    shop = await session.get(Shop, shop_id)
    if shop.state not in ("review", "snoozed"):
        raise ValueError
    changed = await session.execute(
        update(Shop).where(Shop.id == shop.id, Shop.state.in_(["review", "snoozed"])).values(state="active")
    )
    if changed.rowcount == 0:
        raise ValueError
    await session.commit()
