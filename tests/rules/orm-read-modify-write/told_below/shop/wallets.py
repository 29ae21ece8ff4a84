"""Who changes the row: the first computes it, the second is handed the result."""

from shop.models import Account


def add(account: Account, points):
    account.points = account.points + points  # expect: FEN203
    account.save(update_fields=["points"])


def store(account: Account, points):
    account.points = points
    account.save(update_fields=["points"])
