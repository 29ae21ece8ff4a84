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
def deliver(order_id):
    return order_id


def before_commit(session: Session):
    order = Order(status="new")
    session.add(order)
    session.flush()
    deliver.delay(order.id)  # expect: FEN304
    session.commit()


def begun_block():
    with SessionLocal.begin() as session:
        order = Order(status="new")
        session.add(order)
        session.flush()
        deliver.delay(order.id)  # expect: FEN304


def changed_row(session: Session, order_id):
    with session.begin():
        order = session.get(Order, order_id, with_for_update=True)
        order.status = "paid"
        deliver.delay(order_id)  # expect: FEN304


async def awaited(session: AsyncSession, order_id):
    async with session.begin():
        order = await session.get(Order, order_id, with_for_update=True)
        order.status = "paid"
        deliver.delay(order.id)  # expect: FEN304


def plain_sql(conn: psycopg.Connection, order_id):
    with conn.transaction():
        conn.execute("UPDATE shop_order SET status = 'paid' WHERE id = %s", (order_id,))
        deliver.delay(order_id)  # expect: FEN304
