"""What the worker of the task finds."""

from celery import shared_task
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine("postgresql://db/shop")


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "shop_order"
    id: Mapped[int] = mapped_column(primary_key=True)
    is_confirmed: Mapped[bool]


@shared_task
def confirm(order_id):
    with Session(engine) as session:
        session.get_one(Order, order_id, with_for_update=True).is_confirmed = True
        session.commit()


def place(session: Session):
    order = Order(is_confirmed=False)
    session.add(order)
    session.flush()
    order_id_2 = order.id
    session.commit()
    confirm.delay(order_id_2)
