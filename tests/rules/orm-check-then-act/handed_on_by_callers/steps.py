"""What is done to a contract that somebody further up has loaded."""

from sqlalchemy.orm import Session

from .models import Contract, Letter


def end(session: Session, contract: Contract):  # every way here starts at a row lock, two calls up
    if contract.state != "open":
        raise ValueError(contract.state)
    contract.state = "ended"
    session.add(Letter(contract_id=contract.id))


def suspend(session: Session, contract: Contract):  # one of the ways here does not
    if contract.state != "open":  # expect: FEN204
        raise ValueError(contract.state)
    contract.state = "suspended"
    session.add(Letter(contract_id=contract.id))


def raise_fee(session: Session, contract: Contract):
    contract.fee = contract.fee + 100


def lower_fee(session: Session, contract: Contract):
    contract.fee = contract.fee - 100  # expect: FEN203


def renew(session: Session, contract: Contract):  # who hands it on is called by nobody in sight
    if contract.state != "ended":  # expect: FEN204
        raise ValueError(contract.state)
    contract.state = "open"
    session.add(Letter(contract_id=contract.id))
