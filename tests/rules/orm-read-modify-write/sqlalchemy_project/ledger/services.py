from .database import unit_of_work
from .repository import AccountRepository
from .tables import Account, Document


def deposit(account_id, cents):
    with unit_of_work() as session:
        account = session.get(Account, account_id)  # expect: FEN203
        account.balance += cents


def withdraw(account_id, cents):
    with unit_of_work() as session:
        account = AccountRepository(session).get(account_id)
        if account.balance < cents:
            raise ValueError(account_id)
        account.balance -= cents


def withdraw_locked(account_id, cents):
    with unit_of_work() as session:
        account = AccountRepository(session).get_locked(account_id)
        if account.balance < cents:
            raise ValueError(account_id)
        account.balance -= cents


def deposit_in_the_database(account_id, cents):
    with unit_of_work() as session:
        account = session.get(Account, account_id)
        account.balance = Account.balance + cents


def edit(document_id):
    with unit_of_work() as session:
        document = session.get(Document, document_id)
        document.edits += 1
