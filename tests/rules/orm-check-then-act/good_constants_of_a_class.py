from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Lamp(Base):
    __tablename__ = "lamps"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]

    ON = "on"
    OFF = "off"


def switch_on(session: Session, lamp_id):
    """The constant is the same whoever writes it."""
    lamp = session.get(Lamp, lamp_id)
    if lamp.state == Lamp.OFF:
        lamp.state = Lamp.ON
        session.commit()


def switch_off(session: Session, lamp_id):
    lamp = session.get(Lamp, lamp_id)
    if lamp.state == lamp.ON:
        lamp.state = lamp.OFF
        session.commit()
