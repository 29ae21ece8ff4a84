from fastapi import APIRouter
from sqlalchemy import create_engine, select
from sqlalchemy.orm import sessionmaker

from .models import Contract
from .services import contracts

router = APIRouter()
make_session = sessionmaker(create_engine("postgresql://db/contracts"))


@router.post("/contracts/{contract_id}")
def update(contract_id: int, wish: str):
    with make_session.begin() as session:
        contract = session.scalars(select(Contract).where(Contract.id == contract_id).with_for_update()).one()
        contracts.update(session, contract, wish)


@router.post("/contracts/{contract_id}/suspension")
def suspend(contract_id: int):
    with make_session.begin() as session:
        contract = session.scalars(select(Contract).where(Contract.id == contract_id)).one()  # expect: FEN204
        contracts.suspend(session, contract)


@router.post("/contracts/{contract_id}/discount")
def lower(contract_id: int):
    with make_session.begin() as session:
        contract = session.get(Contract, contract_id)  # expect: FEN203
        contracts.lower(session, contract)
