from sqlalchemy import select
from sqlalchemy.orm import Session

from .tables import Account


class AccountRepository:
    def __init__(self, session: Session):
        self.session = session

    def get(self, account_id):
        return self.session.get(Account, account_id)  # expect: FEN203

    def get_locked(self, account_id):
        statement = select(Account).where(Account.id == account_id).with_for_update()
        return self.session.execute(statement).scalar_one()
