"""The Query of SQLAlchemy 1.x."""

from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import Session, declarative_base, validates

Base = declarative_base()


class Account(Base):
    __tablename__ = "account"
    id = Column(Integer, primary_key=True)
    owner = Column(String, unique=True)
    balance = Column(Integer, nullable=False)
    bonus = Column(Integer)


class Checked(Base):
    __tablename__ = "checked"
    id = Column(Integer, primary_key=True)
    balance = Column(Integer, nullable=False)

    @validates("balance")
    def positive(self, key, value):
        assert value >= 0
        return value


def one(session: Session, account_id, amount):
    account = session.query(Account).filter(Account.id == account_id).one()
    account.balance -= amount
    session.commit()


def may_be_nothing(session: Session, owner, amount):
    account = session.query(Account).filter_by(owner=owner).first()
    if account is None:
        return
    account.bonus += amount
    session.commit()


def looked_at(session: Session, account_id, amount):
    account = session.query(Checked).get(account_id)
    account.balance -= amount
    session.commit()
