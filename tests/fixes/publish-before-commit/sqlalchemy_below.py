"""The commit is the next statement, or the end of the block."""

import psycopg
from celery import shared_task
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

SessionLocal = sessionmaker()


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "shop_order"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str]


@shared_task
def deliver(order_id, why=""):
    return order_id


def before_commit(session: Session):
    order = Order(status="new")
    session.add(order)
    session.flush()
    deliver.delay(order.id, why=order.status)  # at once
    session.commit()


def begun_block():
    with SessionLocal.begin() as session:
        order = Order(status="new")
        session.add(order)
        session.flush()
        deliver.delay(order.id)


async def awaited(session: AsyncSession, order_id):
    order = await session.get(Order, order_id, with_for_update=True)
    order.status = "paid"
    deliver.delay(order_id)
    await session.commit()


async def awaited_block(session: AsyncSession, order_id):
    async with session.begin():
        order = await session.get(Order, order_id, with_for_update=True)
        order.status = "paid"
        deliver.apply_async(args=[order_id])


def plain_sql(conn: psycopg.Connection, order_id):
    with conn.transaction():
        conn.execute("UPDATE shop_order SET status = 'paid' WHERE id = %s", (order_id,))
        deliver.delay(order_id)


def more_is_done_before_the_commit(session: Session):
    order = Order(status="new")
    session.add(order)
    session.flush()
    deliver.delay(order.id)  # unfixed: "the commit is not the next statement"
    order.status = "sent"
    session.commit()


def result_is_used(session: Session):
    with session.begin():
        order = Order(status="new")
        session.add(order)
        session.flush()
        return deliver.delay(order.id)  # unfixed: "what the call gives back is used"
