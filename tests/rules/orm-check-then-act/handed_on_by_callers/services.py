"""Hands on what it is handed."""

from sqlalchemy.orm import Session

from . import steps
from .models import Contract


class Contracts:
    def update(self, session: Session, contract: Contract, wish: str):
        if wish == "end":
            self.end(session, contract)
        elif wish == "suspend":
            self.suspend(session, contract)
        elif wish == "raise":
            steps.raise_fee(session, contract)

    def end(self, session: Session, contract: Contract):
        steps.end(session, contract)

    def suspend(self, session: Session, contract: Contract):
        steps.suspend(session, contract)

    def lower(self, session: Session, contract: Contract):
        steps.lower_fee(session, contract)

    def renew(self, session: Session, contract: Contract):
        steps.renew(session, contract)


contracts = Contracts()
