"""What is known of calls that leave the process: how long they take, and by which key they are known again."""

from __future__ import annotations

import pytest

from fenceline.analyzer import ir
from tests.durations.reading import facts_in, flow_in

HEAD = """
import asyncio, datetime, os, smtplib, subprocess, urllib.request
from datetime import timedelta
import aiohttp, boto3, braintree, gocardless_pro, httpx, razorpay, requests, resend, slack_sdk, stripe, urllib3
from Adyen import Adyen
from botocore.config import Config
from celery import shared_task
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection, send_mail
from django.utils import timezone
from firebase_admin import messaging
from flask_mail import Mail
from plaid.api.plaid_api import PlaidApi
from plaid.model.transfer_create_request import TransferCreateRequest
from square import Square
from svix.api import MessageCreateOptions, Svix
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
TIMEOUT = (3, 10)
session = requests.Session()
mail = Mail()
ses = boto3.client("ses")
class Patient(requests.Session):
    pass
@shared_task
def charge(order): ...
"""


def only(tmp_path, body: str, head: str = "def run(order, client, options, n):\n"):
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    facts = facts_in(tmp_path, HEAD + head + lines, "external", "time", "send")
    assert len(facts) == 1, [one.op.text for one in facts]
    return facts[0]


UNKNOWN = "unknown"


@pytest.mark.parametrize(
    ("call", "text", "seconds"),
    [
        # requests: none by default, whatever the session
        ("requests.post('u')", "CALL HTTP POST", None),
        ("requests.get('u')", "WAIT HTTP GET", None),
        ("requests.get('u', timeout=5)", "WAIT HTTP GET", 5),
        ("requests.post('u', timeout=(3, 10))", "CALL HTTP POST", 13),
        ("requests.post('u', timeout=TIMEOUT)", "CALL HTTP POST", 13),
        ("requests.post('u', timeout=(3, None))", "CALL HTTP POST", None),
        ("requests.post('u', timeout=None)", "CALL HTTP POST", None),
        ("requests.post('u', timeout=n)", "CALL HTTP POST", UNKNOWN),
        ("requests.post('u', **options)", "CALL HTTP POST", UNKNOWN),
        ("session.put('u', timeout=2)", "CALL HTTP PUT", 2),
        ("session.get('u')", "WAIT HTTP GET", None),
        ("with requests.Session() as s:\n    s.post('u')", "CALL HTTP POST", None),
        ("Patient().post('u')", "CALL HTTP POST", UNKNOWN),
        ("requests.request('POST', 'u', timeout=4)", "CALL HTTP POST", 4),
        ("requests.request('GET', 'u', timeout=4)", "WAIT HTTP GET", 4),
        ("requests.request(method='delete', url='u', timeout=4)", "CALL HTTP DELETE", 4),
        ("requests.request(n, 'u', timeout=4)", "CALL HTTP request", 4),
        # httpx: 5 s
        ("httpx.post('u')", "CALL HTTP POST", 5),
        ("httpx.get('u', timeout=None)", "WAIT HTTP GET", None),
        ("httpx.Client().post('u')", "CALL HTTP POST", 5),
        ("httpx.Client(timeout=30).post('u')", "CALL HTTP POST", 30),
        ("httpx.Client(timeout=None).get('u')", "WAIT HTTP GET", None),
        ("httpx.Client(timeout=httpx.Timeout(10, connect=2)).post('u')", "CALL HTTP POST", 10),
        ("httpx.Client(timeout=30).post('u', timeout=3)", "CALL HTTP POST", 3),
        ("httpx.Client(**options).post('u')", "CALL HTTP POST", UNKNOWN),
        ("with httpx.Client(timeout=7) as c:\n    c.delete('u')", "CALL HTTP DELETE", 7),
        # urllib, urllib3
        ("urllib.request.urlopen('u')", "WAIT HTTP GET", None),
        ("urllib.request.urlopen('u', data=order, timeout=3)", "CALL HTTP POST", 3),
        ("urllib3.PoolManager().request('GET', 'u')", "WAIT HTTP GET", None),
        ("urllib3.PoolManager(timeout=urllib3.Timeout(total=8)).request('POST', 'u')", "CALL HTTP POST", 8),
        ("urllib3.request('GET', 'u')", "WAIT HTTP GET", 3),
        # payments
        ("stripe.PaymentIntent.create(amount=1)", "CALL charge", 80),
        ("stripe.Refund.create(charge=order)", "CALL refund", 80),
        ("stripe.Customer.retrieve(order)", "WAIT payment service", 80),
        ("stripe.StripeClient('k').v1.payment_intents.create({'amount': 1})", "CALL charge", 80),
        ("stripe.StripeClient('k', http_client=stripe.RequestsClient(timeout=9)).refunds.create({})", "CALL refund", 9),
        ("Square().payments.create(idempotency_key='a')", "CALL charge", 60),
        ("Square(timeout=20).refunds.refund_payment(idempotency_key='a')", "CALL refund", 20),
        ("gocardless_pro.Client(access_token='t').payments.create(params={})", "CALL charge", 60),
        ("Adyen().checkout.payments_api.payments({})", "CALL charge", None),
        ("braintree.BraintreeGateway(n).transaction.sale({})", "CALL charge", 60),
        ("braintree.Transaction.refund(order)", "CALL refund", 60),
        ("razorpay.Client(auth=n).payment.refund(order, {})", "CALL refund", None),
        # mail
        ("send_mail('s', 'm', None, [order])", "CALL mail", UNKNOWN),
        ("EmailMultiAlternatives('s', 'm').send()", "CALL mail", UNKNOWN),
        ("get_connection().send_messages([order])", "CALL mail", UNKNOWN),
        ("mail.send(order)", "CALL mail", None),
        ("with smtplib.SMTP('h', timeout=10) as s:\n    s.send_message(order)", "CALL mail", 10),
        ("smtplib.SMTP('h').sendmail('a', 'b', 'c')", "CALL mail", None),
        ("resend.Emails.send({})", "CALL mail", 30),
        ("ses.send_email(Source='a')", "CALL mail", 60),
        ("boto3.Session().client('sesv2').send_email()", "CALL mail", 60),
        ("boto3.client('ses', config=Config(read_timeout=5)).send_raw_email()", "CALL mail", 5),
        ("boto3.client('ses', config=n).send_raw_email()", "CALL mail", UNKNOWN),
        ("boto3.client(service_name='s3').put_object(Bucket='b')", "CALL stored object", 60),
        ("boto3.resource('s3').Bucket('b').download_file('k', 'f')", "WAIT stored object", 60),
        ("boto3.client('lambda').invoke(FunctionName='f')", "CALL function call", 60),
        ("boto3.client('sns').publish(PhoneNumber='+1', Message='m')", "CALL SMS", 60),
        # messages
        ("Client('a', 'b').messages.create(to='+1')", "CALL SMS", None),
        ("Client('a', 'b', http_client=TwilioHttpClient(timeout=4)).messages.create(to='+1')", "CALL SMS", 4),
        ("slack_sdk.WebClient('t').chat_postMessage(channel='c')", "CALL chat message", 30),
        ("slack_sdk.WebhookClient('u', 5).send(text='t')", "CALL chat message", 5),
        ("messaging.send(order)", "CALL push", 120),
        # processes
        ("subprocess.run(['a'])", "CALL process", None),
        ("subprocess.run(['a'], timeout=60)", "CALL process", 60),
        ("os.system('a')", "CALL process", None),
        ("subprocess.Popen(['a'])", "CALL process", 0),
    ],
)
def test_a_call_takes_as_long_as_it_may(tmp_path, call: str, text: str, seconds: float | str | None) -> None:
    op = only(tmp_path, call).op
    assert isinstance(op, ir.External | ir.Slow)
    assert op.text == text
    assert (op.seconds, op.limit is not None) == ((None, True) if seconds == UNKNOWN else (seconds, False))


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        ("async with httpx.AsyncClient() as c:\n    await c.post('u')", 5),
        ("async with aiohttp.ClientSession() as s:\n    async with s.post('u') as r:\n        pass", 300),
        ("async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=9)) as s:\n    await s.get('u')", 9),
        (
            "async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(connect=9)) as s:\n    await s.get('u')",
            None,
        ),
        ("async with aiohttp.ClientSession() as s:\n    await s.get('u', timeout=aiohttp.ClientTimeout(total=2))", 2),
        ("await asyncio.wait_for(httpx.AsyncClient(timeout=None).get('u'), timeout=4)", 4),
        ("await asyncio.wait_for(httpx.AsyncClient().get('u'), 60)", 5),
        ("await asyncio.wait_for(httpx.AsyncClient(timeout=None).get('u'), None)", None),
        ("async with asyncio.timeout(3):\n    await told()", 3),
        ("async with asyncio.timeout(None):\n    await told()", None),
    ],
)
def test_awaited_calls_have_limits_too(tmp_path, lines: str, seconds: float | None) -> None:
    helper = "async def told():\n    await httpx.AsyncClient(timeout=None).get('u')\n"
    op = only(tmp_path, lines, f"{helper}async def run():\n").op
    assert isinstance(op, ir.External | ir.Slow)
    assert (op.seconds, op.limit) == (seconds, None)


def test_a_client_that_was_made_elsewhere_may_have_any_limit(tmp_path) -> None:
    op = only(tmp_path, "c.post('u')", "def run(c: httpx.Client):\n").op
    assert isinstance(op, ir.External)
    assert op.seconds is None
    assert op.limit is not None


@pytest.mark.parametrize(
    "call",
    [
        "requests.post('u', headers={'Idempotency-Key': order.key})",
        "requests.post('u', headers={'X-Idempotency-Key': order.key, 'Accept': '*'})",
        "requests.post('u', json={'idempotency_key': order.key})",
        "session.post('u', headers=dict_of(order))",
        "httpx.Client().post('u', headers={'idempotency-key': order.key})",
        "stripe.Charge.create(amount=1, idempotency_key=order.key)",
        "stripe.StripeClient('k').payment_intents.create({}, {'idempotency_key': order.key})",
        "stripe.StripeClient('k').v1.charges.create(params={}, options={'idempotency_key': order.key})",
        "Square().payments.create(idempotency_key=order.key, source_id='s')",
        "Adyen().checkout.payments_api.payments({}, idempotency_key=order.key)",
        "gocardless_pro.Client().payments.create(params={}, headers={'Idempotency-Key': order.key})",
        "resend.Emails.send({}, {'idempotency_key': order.key})",
        "PlaidApi().transfer_create(TransferCreateRequest(authorization_id=order.key))",
        "Svix('t').message.create('a', order, MessageCreateOptions(idempotency_key=order.key))",
        "boto3.client('ecs').run_task(clientToken=order.key)",
    ],
)
def test_the_other_side_knows_a_call_again_by_its_key(tmp_path, call: str) -> None:
    head = (
        "def dict_of(o):\n    headers = {'Accept': '*'}\n    headers['Idempotency-Key'] = o.key\n    return headers\n"
    )
    op = only(tmp_path, call, head + "def run(order):\n").op
    assert isinstance(op, ir.External)
    assert op.idempotency_key == ir.Apply(".key", (ir.Arg("order"),))


@pytest.mark.parametrize(
    ("call", "is_open"),
    [
        ("requests.post('u')", False),
        ("requests.post('u', headers={'Accept': '*'})", False),
        ("requests.post('u', headers=options)", True),
        ("requests.post('u', headers={**options, 'Accept': '*'})", True),
        ("requests.post('u', **options)", True),
        ("stripe.Charge.create(amount=1)", False),
        ("stripe.Charge.create(amount=1, idempotency_key=None)", False),
        ("stripe.Charge.create(**options)", True),
        ("stripe.StripeClient('k').charges.create({}, options)", True),
        ("Client('a', 'b').messages.create(to='+1')", False),
    ],
)
def test_a_key_that_may_stand_where_nobody_can_see_it_is_told(tmp_path, call: str, is_open: bool) -> None:
    fact = only(tmp_path, call)
    assert isinstance(fact.op, ir.External)
    assert fact.op.idempotency_key is None
    assert ("unread" in fact.options) == is_open


@pytest.mark.parametrize(
    ("call", "is_repeatable"),
    [
        ("requests.put('u')", True),
        ("requests.delete('u')", True),
        ("requests.patch('u')", True),
        ("requests.post('u')", False),
        ("requests.request('PUT', 'u')", True),
        ("boto3.client('s3').upload_file('f', 'b', 'k')", True),
        ("stripe.PaymentIntent.capture(order)", True),
        ("stripe.PaymentIntent.retrieve_async", None),
        ("slack_sdk.WebClient('t').chat_update(channel='c', ts=n)", True),
    ],
)
def test_twice_may_be_once(tmp_path, call: str, is_repeatable: bool | None) -> None:
    if is_repeatable is None:  # no call at all
        assert facts_in(tmp_path, f"{HEAD}def run():\n    {call}\n", "external", "time") == []
        return
    op = only(tmp_path, call).op
    assert isinstance(op, ir.External)
    assert op.is_repeatable == is_repeatable


def test_what_a_call_gives_back_has_methods_of_its_own(tmp_path) -> None:
    facts = facts_in(
        tmp_path,
        HEAD + "def run(order):\n    intent = stripe.PaymentIntent.retrieve(order)\n    intent.capture()\n"
        "    made = subprocess.Popen(['a'])\n    made.wait(timeout=5)\n",
        "external",
        "time",
    )
    assert [one.op.text for one in facts] == ["WAIT payment service", "CALL charge", "CALL process", "WAIT process"]
    assert isinstance(facts[-1].op, ir.Slow)
    assert facts[-1].op.seconds == 5


@pytest.mark.parametrize(
    ("call", "role", "seconds"),
    [
        ("charge.apply_async((order,), countdown=60)", "countdown", 60),
        ("charge.apply_async((order,), countdown=60 * 5)", "countdown", 300),
        ("charge.apply_async((order,), eta=timezone.now() + timedelta(minutes=2))", "eta", 120),
        ("charge.apply_async((order,), countdown=n)", "countdown", None),
        ("charge.delay(order)", "countdown", UNKNOWN),
    ],
)
def test_a_message_may_be_for_later(tmp_path, call: str, role: str, seconds: float | str | None) -> None:
    options = only(tmp_path, call).options
    if seconds == UNKNOWN:
        assert role not in options
    else:
        assert options[role] == (ir.Const(seconds) if seconds is not None else ir.Arg("n"))


def test_what_takes_time_is_no_part_of_what_is_explored(tmp_path) -> None:
    from fenceline.analyzer.ir_walk import ops_in
    from fenceline.analyzer.slices import Candidate, program_for

    flow = flow_in(
        tmp_path,
        "import redis, requests, time\nclient = redis.Redis()\ndef run(sku):\n    left = int(client.get(sku))\n"
        "    time.sleep(5)\n    if not left:\n        time.sleep(1)\n    requests.get('u')\n"
        "    client.set(sku, left - 1)\n",
    )
    read, write = (one.op for one in flow.lowered.facts if one.kind in {"kv.read", "kv.write"})
    assert isinstance(read, ir.Atomic)
    program = program_for(flow, Candidate((read,), (write,), frozenset(step.cell for step in read.steps)))
    assert {type(one) for one in ops_in(program.body)} == {ir.Atomic}
