from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, backref, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Ship(Base):
    __tablename__ = "ships"
    id: Mapped[int] = mapped_column(primary_key=True)
    tons: Mapped[int]
    crew = relationship("Sailor", back_populates="ship")


class Sailor(Base):
    __tablename__ = "sailors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    ship_id: Mapped[int] = mapped_column(ForeignKey("ships.id"))
    ship = relationship("Ship", back_populates="crew")


class Voyage(Base):
    __tablename__ = "voyages"
    id: Mapped[int] = mapped_column(primary_key=True)
    ship_id: Mapped[int] = mapped_column(ForeignKey("ships.id"))
    ship = relationship("Ship", backref=backref("voyages"))


def enlist(session: Session, ship_id, name):
    ship = session.get(Ship, ship_id)
    ship.crew.append(Sailor(name=name))
    session.add(ship)
    session.commit()


def muster(session: Session, ship: Ship, sailors):
    for sailor in sailors:
        if sailor not in ship.crew:
            ship.crew.append(sailor)
    session.commit()


def pay_off(session: Session, ship_id, sailor_id):
    ship = session.get(Ship, ship_id)
    ship.crew.remove(session.get(Sailor, sailor_id))
    session.commit()


def replace_crew(session: Session, ship_id, newcomers):
    ship = session.get(Ship, ship_id)
    ship.crew = [one for one in ship.crew if one.name] + newcomers
    session.commit()


def sail(session: Session, ship_id):
    ship = session.get(Ship, ship_id)
    ship.voyages.append(Voyage())
    session.commit()


def load(session: Session, ship_id, tons):
    ship = session.get(Ship, ship_id)  # expect: FEN203
    ship.voyages.append(Voyage())
    ship.tons += tons
    session.commit()
