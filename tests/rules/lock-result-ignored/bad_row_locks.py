"""Row locks that were meant: queries that are never sent, transactions that end before the work."""

from django.core.mail import send_mail
from django.db import models, transaction


class Page(models.Model):
    title = models.CharField(max_length=40)
    is_stale = models.BooleanField()


def locked_pages():
    return Page.objects.order_by("pk").select_for_update(of=("self",))


def never_sent(pages):
    with transaction.atomic():
        _locked = Page.objects.select_for_update().filter(pk__in=[page.pk for page in pages])  # expect: FEN405 "never sent"
        Page.objects.filter(pk__in=[page.pk for page in pages]).update(is_stale=False)


def never_sent_by_a_helper(pages):
    with transaction.atomic():
        _locked = (  # expect: FEN405
            locked_pages()
            .filter(pk__in=[page.pk for page in pages])
            .values_list("pk", flat=True)
        )
        Page.objects.bulk_update(pages, ["is_stale"])


def given_back_at_once(pk, address):
    with transaction.atomic():
        Page.objects.filter(pk=pk).update(is_stale=True)
    with transaction.atomic():
        Page.objects.select_for_update().filter(pk=pk).first()  # expect: FEN405 "ends with its transaction"
    send_mail("Page", "…", "shop@example.org", [address])
