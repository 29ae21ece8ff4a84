"""What the model files say of calls that leave the process, shown by the libraries against a local server."""

from __future__ import annotations

import asyncio
import inspect
import json
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import aiohttp
import httpx
import pytest
import requests
import stripe
import urllib3

from fenceline.analyzer.models import Models, load_models

SHORT = 0.2
"""Seconds that a client waits for a server that says nothing."""


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models()


class Recorder(BaseHTTPRequestHandler):
    """Answers every POST, and keeps its headers; a GET is never answered."""

    seen: ClassVar[list[dict[str, str]]] = []
    silence = threading.Event()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append({name.lower(): value for name, value in self.headers.items()})
        body = json.dumps({"id": "ch_1", "object": "charge"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.silence.wait(30)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    Recorder.seen.clear()
    Recorder.silence.clear()
    made = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    made.daemon_threads = True
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_address[1]}"
    Recorder.silence.set()
    made.shutdown()
    made.server_close()
    thread.join(5)


def keys() -> list[str | None]:
    return [one.get("idempotency-key") for one in Recorder.seen]


# --------------------------------------------------------------------------- limits


def test_requests_waits_for_ever_by_default(models: Models) -> None:
    assert inspect.signature(requests.Session.request).parameters["timeout"].default is None
    sent = requests.Session()
    limits: list[object] = []

    class Adapter(requests.adapters.HTTPAdapter):
        def send(self, request, **options):  # type: ignore[no-untyped-def]
            limits.append(options["timeout"])
            answer = requests.Response()
            answer.status_code = 200
            answer.url = request.url
            return answer

    sent.mount("http://", Adapter())
    sent.get("http://shop.invalid")
    sent.post("http://shop.invalid", timeout=(3, 10))
    assert limits == [None, (3, 10)]
    assert "default_timeout" not in models.functions["requests.post"].roles


def test_httpx_waits_five_seconds_by_default(models: Models) -> None:
    for client in (httpx.Client(), httpx.AsyncClient()):
        assert client.timeout == httpx.Timeout(5.0)
    assert inspect.signature(httpx.post).parameters["timeout"].default == httpx.Timeout(5.0)
    assert models.types["httpx.client"].roles["default_timeout"] == 5
    assert models.functions["httpx.post"].roles["default_timeout"] == 5


def test_a_limit_of_httpx_is_one_of_each_phase() -> None:
    limit = httpx.Timeout(10.0, connect=2)
    assert (limit.connect, limit.read, limit.write, limit.pool) == (2, 10, 10, 10)
    assert httpx.Timeout(None).read is None


def test_aiohttp_waits_three_hundred_seconds_in_all(models: Models) -> None:
    async def limit() -> float | None:
        async with aiohttp.ClientSession() as session:
            return session.timeout.total

    assert asyncio.run(limit()) == 300
    assert aiohttp.ClientTimeout(connect=5).total is None
    assert models.types["aiohttp.client"].roles["default_timeout"] == 300


def test_urllib3_waits_for_ever_but_in_its_one_function(models: Models) -> None:
    assert urllib3.PoolManager().connection_from_url("http://shop.invalid").timeout.read_timeout is None
    default = inspect.signature(urllib3.request).parameters["timeout"].default
    assert models.functions["urllib3.request"].roles["default_timeout"] == default


def test_stripe_waits_eighty_seconds(models: Models) -> None:
    assert inspect.signature(stripe.RequestsClient).parameters["timeout"].default == 80
    assert models.functions["stripe.Charge.create"].roles["default_timeout"] == 80


@pytest.mark.parametrize("given", [SHORT, (SHORT, SHORT)])
def test_a_limit_ends_the_wait_of_requests(server: str, given: float | tuple[float, float]) -> None:
    with pytest.raises(requests.Timeout):
        requests.get(server, timeout=given)


def test_limits_end_the_waits_of_the_others(server: str) -> None:
    with pytest.raises(httpx.TimeoutException), httpx.Client(timeout=SHORT) as client:
        client.get(server)
    with pytest.raises(TimeoutError):
        urllib.request.urlopen(server, timeout=SHORT)
    with pytest.raises(urllib3.exceptions.TimeoutError), urllib3.PoolManager(timeout=SHORT, retries=False) as pool:
        pool.request("GET", server)

    async def get() -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SHORT)) as session, session.get(server):
            pass

    with pytest.raises(TimeoutError):
        asyncio.run(get())


def test_a_limit_ends_the_wait_for_a_process() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run([sys.executable, "-c", "import time; time.sleep(30)"], check=False, timeout=SHORT)


# ----------------------------------------------------------------------------- keys


def client_of(server: str) -> stripe.StripeClient:
    return stripe.StripeClient("sk_test_123", base_addresses={"api": server}, max_network_retries=0)


def test_stripe_sends_the_key_that_it_is_given(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe, "api_base", server)
    for _ in range(2):
        stripe.Charge.create(api_key="sk_test_123", amount=1, currency="eur", source="tok", idempotency_key="order-7")
    for _ in range(2):
        client_of(server).v1.charges.create(
            {"amount": 1, "currency": "eur", "source": "tok"}, {"idempotency_key": "order-8"}
        )
    assert keys() == ["order-7", "order-7", "order-8", "order-8"]


def test_stripe_makes_a_new_key_for_each_call_without_one(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So its own attempts are one effect, and the attempts of a job are not."""
    monkeypatch.setattr(stripe, "api_base", server)
    for _ in range(2):
        stripe.Charge.create(api_key="sk_test_123", amount=1, currency="eur", source="tok")
    client_of(server).v1.charges.create({"amount": 1, "currency": "eur", "source": "tok"})
    found = keys()
    assert None not in found
    assert len(set(found)) == 3


@pytest.mark.parametrize("post", [requests.post, httpx.post])
def test_http_clients_make_no_key_of_their_own(server: str, post) -> None:  # type: ignore[no-untyped-def]
    post(server, json={"amount": 1})
    post(server, json={"amount": 1}, headers={"Idempotency-Key": "order-7"})
    assert keys() == [None, "order-7"]


def test_pools_do_not_send_a_post_again() -> None:
    assert "POST" not in urllib3.Retry.DEFAULT_ALLOWED_METHODS
    assert {"PUT", "DELETE", "GET"} <= urllib3.Retry.DEFAULT_ALLOWED_METHODS
    assert requests.adapters.DEFAULT_RETRIES == 0
