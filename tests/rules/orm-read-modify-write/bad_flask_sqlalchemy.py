from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlmodel import Field, Session, SQLModel, select

app = Flask(__name__)
db = SQLAlchemy(app)


class Account(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    owner = db.Column(db.String(80))
    balance = db.Column(db.Integer, default=0)


class Purse(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    coins: int = 0


def query_get(account_id, amount):
    account = Account.query.get(account_id)  # expect: FEN203
    account.balance -= amount
    db.session.commit()


def query_first(owner, amount):
    account = Account.query.filter_by(owner=owner).first()  # expect: FEN203
    if account is None:
        return
    account.balance += amount
    db.session.commit()


def session_get(account_id, amount):
    account = db.session.get(Account, account_id)  # expect: FEN203
    account.balance -= amount
    db.session.commit()


@app.route("/accounts/<int:account_id>/bonus", methods=["POST"])
def in_a_view(account_id):
    account = Account.query.get_or_404(account_id)  # expect: FEN203
    account.balance += 10
    db.session.commit()
    return "", 204


def sqlmodel_get(session: Session, purse_id, coins):
    purse = session.get(Purse, purse_id)  # expect: FEN203
    purse.coins += coins
    session.add(purse)
    session.commit()


def sqlmodel_exec(session: Session, purse_id, coins):
    purse = session.exec(select(Purse).where(Purse.id == purse_id)).one()  # expect: FEN203
    purse.coins += coins
    session.add(purse)
    session.commit()
