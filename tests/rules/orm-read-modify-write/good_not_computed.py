from django.db import models


class Contract(models.Model):
    price = models.IntegerField(null=True)
    currency = models.CharField(max_length=3, default="EUR")
    iban = models.CharField(max_length=40)


def given_or_as_it_is(pk, price, currency):
    contract = Contract.objects.get(pk=pk)
    contract.price = price or contract.price or 0
    contract.currency = currency if currency else contract.currency
    contract.save(update_fields=["price", "currency"])


def all_but_the_end_hidden(pk):
    """The same text, whoever makes it."""
    contract = Contract.objects.get(pk=pk)
    contract.iban = "****" + contract.iban[-4:]
    contract.save(update_fields=["iban"])
