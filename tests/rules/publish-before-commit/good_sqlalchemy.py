import psycopg
from celery import shared_task
from sqlalchemy import event
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
def deliver(order_id):
    return order_id


def after_commit(session: Session):
    order = Order(status="new")
    session.add(order)
    session.commit()
    deliver.delay(order.id)


def after_the_block():
    with SessionLocal.begin() as session:
        order = Order(status="new")
        session.add(order)
        session.flush()
        order_id = order.id
    deliver.delay(order_id)


def read_only(session: Session, order_id):
    order = session.get(Order, order_id)
    deliver.delay(order.id)


def event_hook(session: Session, order_id):
    order = session.get(Order, order_id, with_for_update=True)
    order.status = "paid"

    @event.listens_for(session, "after_commit", once=True)
    def tell(_session):
        deliver.delay(order_id)

    session.commit()


async def awaited_after_commit(session: AsyncSession, order_id):
    async with session.begin():
        order = await session.get(Order, order_id, with_for_update=True)
        order.status = "paid"
    deliver.delay(order_id)


def plain_sql_after_the_block(conn: psycopg.Connection, order_id):
    with conn.transaction():
        conn.execute("UPDATE shop_order SET status = 'paid' WHERE id = %s", (order_id,))
    deliver.delay(order_id)
