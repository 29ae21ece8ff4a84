"""Row locks that are there: the query is sent, and its transaction holds the work."""

from django.db import models, transaction


class Page(models.Model):
    title = models.CharField(max_length=40)
    is_stale = models.BooleanField()


def locked_pages():
    return Page.objects.order_by("pk").select_for_update(of=("self",))


def sent_for_its_effect(pages):
    with transaction.atomic():
        _locked = list(locked_pages().filter(pk__in=[page.pk for page in pages]).values_list("pk", flat=True))
        Page.objects.bulk_update(pages, ["is_stale"])


def sent_as_a_part(pages):
    with transaction.atomic():
        locked = locked_pages().filter(pk__in=pages)
        Page.objects.filter(pk__in=locked).update(is_stale=False)


def sent_later(pages):
    with transaction.atomic():
        locked = locked_pages().filter(pk__in=pages)
        for page in locked:
            page.is_stale = False
            page.save(update_fields=["is_stale"])


def sent_by_an_inner_function(pages):
    locked = locked_pages().filter(pk__in=pages)

    def titles():
        return [page.title for page in locked]

    with transaction.atomic():
        return titles()


@transaction.atomic
def in_the_callers_transaction(pk):
    Page.objects.select_for_update().filter(pk=pk).first()
