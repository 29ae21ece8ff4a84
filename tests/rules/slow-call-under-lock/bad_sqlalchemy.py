import requests
from sqlalchemy import update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

make = sessionmaker()


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]


def flushed(session: Session, order_id: int) -> None:
    order = session.get(Order, order_id)
    order.state = "paying"
    session.flush()
    requests.post("https://bank.example.com/", timeout=30)  # expect: FEN409
    session.commit()


def locked(order_id: int) -> None:
    with make.begin() as session:
        order = session.get(Order, order_id, with_for_update=True)
        requests.post("https://bank.example.com/", timeout=30)  # expect: FEN409
        order.state = "paid"


def committed(session: Session, order_id: int) -> None:
    session.execute(update(Order).where(Order.id == order_id).values(state="paying"))
    session.commit()
    requests.post("https://bank.example.com/", timeout=30)


def not_flushed_yet(session: Session, order_id: int) -> None:
    order = session.get(Order, order_id)
    order.state = "paying"
    requests.post("https://bank.example.com/", timeout=30)
    session.commit()
