"""The verifier refuses what does not close the race, and what does more than close it: deliberately wrong fixes.

Each base program has a hazard; the right rewriting of it is accepted, and every wrong one refused, for its reason.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from fenceline.analyzer import ir
from fenceline.analyzer.entries import entry_of
from fenceline.analyzer.flow import Flow, flow_of
from fenceline.analyzer.lower import functions_of, lower_function, new_lowering
from fenceline.analyzer.models import load_models
from fenceline.analyzer.project import Definition
from fenceline.fixers.fixer import MAY_LOSE, MAY_SKIP, MAY_UNDO, TWICE
from fenceline.fixers.verify import Verdict, verify
from fenceline.linking.analysis import open_project
from fenceline.linking.judging import proposals_of
from fenceline.rules import all_rules
from fenceline.selection import rule_called


class Fixed(NamedTuple):
    """A rewriting: ``reason`` is part of what is said against it, '' when it is accepted."""

    title: str
    text: str
    reason: str = ""
    declares: frozenset[str] = frozenset()
    cures: frozenset[str] = frozenset()
    own: str = ""  # the class whose rows are the fixer's own

    def own_cells(self) -> Callable[[ir.Cell], bool]:
        return lambda cell: bool(self.own) and cell.key[:1] == (ir.Const(f"app.{self.own}"),)


class Base(NamedTuple):
    """A hazard that a rule finds in the function ``run`` of a text, and what is put in place of a part of the text."""

    rule: str
    text: str
    part: str
    fixes: tuple[Fixed, ...]


HEAD = """import threading
import uuid

import redis
import requests
from functools import partial
from celery import shared_task
from django.db import models, transaction
from django.db.models import F

client = redis.Redis()


class Account(models.Model):
    owner = models.CharField(max_length=20)
    points = models.IntegerField()
    state = models.CharField(max_length=20)


class Done(models.Model):
    key = models.CharField(max_length=200, unique=True)


@shared_task
def tell(pk):
    pass


"""

CLAIM = """    if not client.exists(f"claim:{order}"):
        client.set(f"claim:{order}", "1", ex=60)
        requests.post("https://mail.example", json={"order": order}, timeout=5)
"""

SPEND = """    account = Account.objects.get(pk=pk)
    account.points -= n
    account.save()
"""

REDEEM = """    account = Account.objects.get(pk=pk)
    if account.state == "open":
        account.state = "used"
        account.save()
        requests.post("https://pay.example", json={"account": pk}, timeout=5)
"""

PLACE = """    with transaction.atomic():
        account = Account.objects.create(owner=owner, points=0)
        tell.delay(account.pk)
"""

STOCK = """    left = int(client.get(f"stock:{sku}"))
    if left > 0:
        client.decr(f"stock:{sku}")
"""

CREDIT = """    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=pk)
        account.points += n
        account.save()
"""

BASES = (
    Base(
        "FEN305",
        "def run(order):\n",
        CLAIM,
        (
            Fixed(
                "the mark first, offered as safe",
                """    if client.set(f"claim:{order}", "1", nx=True, ex=60):
        requests.post("https://mail.example", json={"order": order}, timeout=5)
""",
                "",
            ),
            Fixed("the effect is deleted", '    client.set(f"claim:{order}", "1", nx=True, ex=60)\n', "would be gone"),
            Fixed(
                "the result of the mark is not looked at",
                """    if not client.exists(f"claim:{order}"):
        client.set(f"claim:{order}", "1", nx=True, ex=60)
        requests.post("https://mail.example", json={"order": order}, timeout=5)
""",
                "the race would still be there",
            ),
            Fixed(
                "another key is marked",
                """    if client.set(f"claimed:{order}", "1", nx=True, ex=60):
        requests.post("https://mail.example", json={"order": order}, timeout=5)
""",
                "other effects",
            ),
            Fixed(
                "a lock that is made anew for each call",
                """    with threading.Lock():
        if not client.exists(f"claim:{order}"):
            client.set(f"claim:{order}", "1", ex=60)
            requests.post("https://mail.example", json={"order": order}, timeout=5)
""",
                "the race would still be there",
            ),
            Fixed(
                "the effect twice",
                """    if client.set(f"claim:{order}", "1", nx=True, ex=60):
        requests.post("https://mail.example", json={"order": order}, timeout=5)
        requests.post("https://mail.example", json={"order": order}, timeout=5)
""",
                "once more",
            ),
        ),
    ),
    Base(
        "FEN305",
        "def run(order):\n",
        """    if not client.exists(f"done:{order}"):
        requests.post("https://mail.example", json={"order": order}, timeout=5)
        client.set(f"done:{order}", "1", ex=60)
""",
        (
            Fixed(
                "marked as done before the effect, offered as safe",
                """    if client.set(f"done:{order}", "1", nx=True, ex=60):
        requests.post("https://mail.example", json={"order": order}, timeout=5)
""",
                "a crash would leave",
            ),
            Fixed(
                "the same, declared",
                """    if client.set(f"done:{order}", "1", nx=True, ex=60):
        requests.post("https://mail.example", json={"order": order}, timeout=5)
""",
                "",
                frozenset({MAY_LOSE, MAY_SKIP}),
            ),
        ),
    ),
    Base(
        "FEN203",
        "def run(pk, n):\n",
        SPEND,
        (
            Fixed(
                "an expression of the row's own column",
                """    account = Account.objects.get(pk=pk)
    account.points = F("points") - n
    account.save(update_fields=["points"])
""",
            ),
            Fixed(
                "the row is locked before it is read",
                """    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=pk)
        account.points -= n
        account.save()
""",
            ),
            Fixed(
                "the row is locked after the read",
                """    account = Account.objects.get(pk=pk)
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=pk)
        account.points -= n
        account.save()
""",
                "the race would still be there",
            ),
            Fixed(
                "the lock is taken outside a transaction",
                """    account = Account.objects.select_for_update().get(pk=pk)
    account.points -= n
    account.save()
""",
                "the race would still be there",
            ),
            Fixed(
                "a transaction without a lock",
                """    with transaction.atomic():
        account = Account.objects.get(pk=pk)
        account.points -= n
        account.save()
""",
                "the race would still be there",
            ),
            Fixed(
                "another amount",
                """    account = Account.objects.get(pk=pk)
    account.points = F("points") + n
    account.save(update_fields=["points"])
""",
                "other values",
            ),
            Fixed(
                "the change is never saved",
                """    account = Account.objects.get(pk=pk)
    account.points = F("points") - n
    account.save(update_fields=["state"])
""",
                "other values",
            ),
        ),
    ),
    Base(
        "FEN203",
        "def run(pk, n):\n",
        SPEND + "    requests.post('https://tell.example', json={'left': account.points}, timeout=5)\n",
        (
            Fixed(
                "the column's expression is used as if it were its value",
                """    account = Account.objects.get(pk=pk)
    account.points = F("points") - n
    account.save(update_fields=["points"])
    requests.post('https://tell.example', json={'left': account.points}, timeout=5)
""",
                "other effects",
            ),
            Fixed(
                "it is read again before",
                """    account = Account.objects.get(pk=pk)
    account.points = F("points") - n
    account.save(update_fields=["points"])
    account.refresh_from_db(fields=["points"])
    requests.post('https://tell.example', json={'left': account.points}, timeout=5)
""",
            ),
        ),
    ),
    Base(
        "FEN204",
        "def run(pk):\n",
        REDEEM,
        (
            Fixed(
                "the row is locked for the decision, and the payment is inside of the transaction",
                """    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=pk)
        if account.state == "open":
            account.state = "used"
            account.save()
            requests.post("https://pay.example", json={"account": pk}, timeout=5)
""",
                "would leave",
            ),
            Fixed(
                "the same, declared",
                """    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=pk)
        if account.state == "open":
            account.state = "used"
            account.save()
            requests.post("https://pay.example", json={"account": pk}, timeout=5)
""",
                "",
                frozenset({MAY_UNDO, MAY_LOSE}),
            ),
            Fixed(
                "a conditional update whose count nobody looks at",
                """    account = Account.objects.get(pk=pk)
    if account.state == "open":
        Account.objects.filter(pk=pk, state="open").update(state="used")
        requests.post("https://pay.example", json={"account": pk}, timeout=5)
""",
                "the race would still be there",
            ),
        ),
    ),
    Base(
        "FEN304",
        "def run(owner):\n",
        PLACE,
        (
            Fixed(
                "sent by a hook",
                """    with transaction.atomic():
        account = Account.objects.create(owner=owner, points=0)
        transaction.on_commit(partial(tell.delay, account.pk))
""",
            ),
            Fixed(
                "the message is dropped",
                """    with transaction.atomic():
        account = Account.objects.create(owner=owner, points=0)
""",
                "would be gone",
            ),
            Fixed(
                "the message goes out first",
                """    tell.delay(owner)
    with transaction.atomic():
        account = Account.objects.create(owner=owner, points=0)
""",
                "other effects",
            ),
        ),
    ),
    Base(
        "FEN304",
        "def run(owner, n):\n",
        PLACE + "        if n > 100:\n            raise ValueError(owner)\n",
        (
            Fixed(
                "the hook loses a message that was sent although the transaction is rolled back",
                """    with transaction.atomic():
        account = Account.objects.create(owner=owner, points=0)
        transaction.on_commit(partial(tell.delay, account.pk))
        if n > 100:
            raise ValueError(owner)
""",
                "other effects",
                cures=frozenset({"failure"}),
            ),
        ),
    ),
    Base(
        "FEN201",
        "def run(sku):\n",
        STOCK,
        (
            Fixed(
                "decided on the result, and compensated",
                """    left = client.decr(f"stock:{sku}")
    if left < 0:
        client.incr(f"stock:{sku}")
""",
                "would leave other values",  # a crash aside: for the reader in between the stock is below zero
            ),
            Fixed("the test is dropped", '    client.decr(f"stock:{sku}")\n', "other values"),
            Fixed(
                "a lock with another name for each call",
                """    with client.lock(f"lock:{uuid.uuid4()}", timeout=10):
        left = int(client.get(f"stock:{sku}"))
        if left > 0:
            client.decr(f"stock:{sku}")
""",
                "the race would still be there",
            ),
            Fixed(
                "a lock on the key",
                """    with client.lock(f"lock:stock:{sku}", timeout=10):
        left = int(client.get(f"stock:{sku}"))
        if left > 0:
            client.decr(f"stock:{sku}")
""",
                "",
                frozenset({MAY_SKIP}),
            ),
        ),
    ),
    Base(
        "FEN301",
        "@shared_task(bind=True, acks_late=True)\ndef run(self, pk, n):\n",
        CREDIT,
        (
            Fixed(
                "the message is recorded in the transaction",
                """    with transaction.atomic():
        _, is_new = Done.objects.get_or_create(key=f"credit:{self.request.id}")
        if not is_new:
            return
        account = Account.objects.select_for_update().get(pk=pk)
        account.points += n
        account.save()
""",
                "",
                cures=frozenset({TWICE}),
                own="Done",
            ),
            Fixed(
                "all messages are recorded as one",
                """    with transaction.atomic():
        _, is_new = Done.objects.get_or_create(key="credit")
        if not is_new:
            return
        account = Account.objects.select_for_update().get(pk=pk)
        account.points += n
        account.save()
""",
                "of two messages, two runs in order would leave other values",
                cures=frozenset({TWICE}),
                own="Done",
            ),
            Fixed(
                "the message is recorded before the transaction",
                """    _, is_new = Done.objects.get_or_create(key=f"credit:{self.request.id}")
    if not is_new:
        return
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=pk)
        account.points += n
        account.save()
""",
                "a crash and the redelivery after it",
                cures=frozenset({TWICE, "crash"}),
                own="Done",
            ),
            Fixed(
                "the message is recorded in another transaction",
                """    with transaction.atomic():
        _, is_new = Done.objects.get_or_create(key=f"credit:{self.request.id}")
        if not is_new:
            return
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=pk)
        account.points += n
        account.save()
""",
                "a crash and the redelivery after it",
                cures=frozenset({TWICE, "crash"}),
                own="Done",
            ),
            Fixed(
                "what is recorded is not looked at",
                """    with transaction.atomic():
        _, is_new = Done.objects.get_or_create(key=f"credit:{self.request.id}")
        account = Account.objects.select_for_update().get(pk=pk)
        account.points += n
        account.save()
""",
                "the race would still be there",
                cures=frozenset({TWICE}),
                own="Done",
            ),
        ),
    ),
)

CASES = [pytest.param(base, fixed, id=f"{base.rule} {fixed.title}") for base in BASES for fixed in base.fixes]


def flow_in(folder: Path, text: str) -> Flow:
    """The function ``run``, as an entry of its own."""
    file = folder / "app.py"
    file.write_text(HEAD + text, encoding="utf-8")
    analysis = open_project(folder, load_models())
    module = analysis.project.module_of(file)
    assert module is not None
    node, cls = next((node, cls) for name, node, cls in functions_of(module) if name == "run")
    owner = Definition("class", module, "run", cls) if cls is not None else None

    def lowering():
        return new_lowering(analysis.project, analysis.models, module, analysis.memo)

    flow = flow_of(lower_function(lowering(), node, owner, "run"))
    flow.ask_entry = lambda: entry_of(lowering(), node, owner)
    return flow


def verdict_of(folder: Path, base: Base, fixed: Fixed) -> Verdict:
    rule = rule_called(all_rules(), base.rule)
    old, new = flow_in(folder, base.text + base.part), flow_in(folder, base.text + fixed.text)
    proposals = [proposal for _, proposal in proposals_of([rule], old)]
    assert proposals, "the base has its hazard"
    return verify(old, new, proposals[0].candidate, rule.faults, fixed.declares, fixed.own_cells(), fixed.cures)


@pytest.mark.parametrize(("base", "fixed"), CASES)
def test_right_fixes_are_accepted_and_wrong_ones_refused(tmp_path: Path, base: Base, fixed: Fixed):
    reason = verdict_of(tmp_path, base, fixed).reason
    assert bool(reason) == bool(fixed.reason), reason or "accepted"
    assert fixed.reason in reason


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.part.strip().splitlines()[0])
def test_a_text_may_stand_for_itself_but_for_its_race(tmp_path: Path, base: Base):
    """What is compared to itself differs in nothing: only the race is left to be held against it."""
    reason = verdict_of(tmp_path, base, Fixed("itself", base.part)).reason
    assert reason in {"", "the race would still be there"}
    assert (reason == "") == (base.rule == "FEN304")  # a plain query: the rule itself is asked again
