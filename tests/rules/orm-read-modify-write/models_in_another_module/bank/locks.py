from . import models


def accounts_for_update():
    return models.Account.objects.select_for_update().order_by("pk")
