from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from . import services
from .database import get_session
from .tables import Account

app = FastAPI()


@app.post("/accounts/{account_id}/bonus")
def bonus(account_id: int, session: Session = Depends(get_session)):
    account = session.get(Account, account_id)  # expect: FEN203
    account.balance += 10
    session.commit()
    return {"balance": account.balance}


@app.post("/accounts/{account_id}/bonus-locked")
def bonus_locked(account_id: int, session: Session = Depends(get_session)):
    account = session.get(Account, account_id, with_for_update=True)
    account.balance += 10
    session.commit()
    return {"balance": account.balance}


@app.post("/accounts/{account_id}/withdrawals")
def withdraw(account_id: int, cents: int):
    services.withdraw_locked(account_id, cents)
    return {}
