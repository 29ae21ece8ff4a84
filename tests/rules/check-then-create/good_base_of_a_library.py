from django.db import models
from some_library.models import Archived


class Ledger(Archived):
    code = models.CharField(max_length=10, unique=True)


def open_ledger(code):
    """The constraint refuses the second; low where nobody is seen to wait for the run."""
    found = Ledger.objects.filter(code=code).first()
    if found is None:
        found = Ledger.objects.create(code=code)
    return found
