"""Tasks of an app whose class is in a package that is not there: known by the options of its tasks."""

import requests
import stripe
from vendor_tools.celery import VendorCelery, VendorQueue

vendor_celery = VendorCelery()
vendor_queue = VendorQueue()


@vendor_celery.task(bind=True, name="charge", max_retries=5, default_retry_delay=300)
def charges_and_tells(self, order_id, cents):
    try:
        stripe.Charge.create(amount=cents, currency="eur")  # expect: FEN303
        requests.post("https://example.org/ledger", json={"cents": cents}, timeout=5)
    except requests.RequestException:
        self.retry(queue="retries")


@vendor_celery.task(bind=True, name="tell", max_retries=5)
def charges_last(self, order_id, cents):
    try:
        requests.get("https://example.org/ledger", timeout=5).raise_for_status()
    except requests.RequestException:
        self.retry(queue="retries")
    stripe.Charge.create(amount=cents, currency="eur")


# Another library's, whose options are not Celery's: what it does after an error is not known.
@vendor_queue.task(retries=3)
def of_another_queue(order_id, cents):
    stripe.Charge.create(amount=cents, currency="eur")
    requests.post("https://example.org/ledger", json={"cents": cents}, timeout=5)
