"""Defaults of clients whose brokers no package brings, read from the libraries; those of clouds where they are."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import os
from typing import Any

import aio_pika
import pika
import pytest
from aio_pika.message import ProcessContext
from pika.adapters.blocking_connection import BlockingChannel

from fenceline.analyzer.models import Models, load_models, operation_for

ALL = pytest.mark.skipif(not os.environ.get("FENCELINE_ALL_LIBRARIES"), reason="not in the test extra")


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models()


def default_of(call: Any, parameter: str) -> object:
    return inspect.signature(call).parameters[parameter].default


def said(models: Models, type_id: str, method: str, name: str, **given: object) -> object:
    """What the model files say of a call with these arguments."""
    operation = models.method(type_id, method)
    assert operation is not None
    return operation_for(operation, given).roles.get(name)


# ------------------------------------------------------------------------- AMQP


def test_pika_does_not_acknowledge_by_itself(models: Models):
    for method in (BlockingChannel.basic_consume, BlockingChannel.basic_get, BlockingChannel.consume):
        assert default_of(method, "auto_ack") is False
    assert said(models, "pika.channel", "basic_consume", "ack") == "manual"
    assert said(models, "pika.channel", "basic_consume", "delivery", auto_ack=True) == "at-most-once"
    assert isinstance(pika.BlockingConnection, type)


@pytest.mark.parametrize("method", ["basic_nack", "basic_reject"])
def test_pika_requeues_what_is_refused(models: Models, method: str):
    assert default_of(getattr(BlockingChannel, method), "requeue") is True
    assert said(models, "pika.channel", method, "default_requeue") is True


def test_aio_pika_does_not_acknowledge_by_itself(models: Models):
    assert default_of(aio_pika.Queue.consume, "no_ack") is False
    assert default_of(aio_pika.Queue.get, "no_ack") is False
    assert said(models, "aio_pika.queue", "consume", "ack") == "manual"
    assert default_of(aio_pika.IncomingMessage.reject, "requeue") is False
    assert said(models, "aio_pika.message", "reject", "default_requeue") is False
    assert default_of(aio_pika.IncomingMessage.nack, "requeue") is True
    assert said(models, "aio_pika.message", "nack", "default_requeue") is True


class Told:
    """Stands for a message, and keeps what is said of it."""

    redelivered = processed = False

    def __init__(self) -> None:
        self.calls: list[str] = []

    async def ack(self) -> None:
        self.calls.append("ack")

    async def reject(self, requeue: bool) -> None:
        self.calls.append(f"reject requeue={requeue}")


async def process(message: Any, requeue: bool, error: type[Exception] | None) -> None:
    context = ProcessContext(message, requeue=requeue, reject_on_redelivered=False, ignore_processed=False)
    async with context:
        message.calls.append("work")
        if error is not None:
            raise error("broken")


@pytest.mark.parametrize(
    ("requeue", "error", "calls"),
    [
        (False, None, ["work", "ack"]),
        (False, ValueError, ["work", "reject requeue=False"]),
        (True, ValueError, ["work", "reject requeue=True"]),
    ],
)
def test_block_of_aio_pika_acknowledges_at_its_end(requeue: bool, error: type[Exception] | None, calls: list[str]):
    message = Told()
    if error is None:
        asyncio.run(process(message, requeue, error))
    else:
        with pytest.raises(error, match="broken"):
            asyncio.run(process(message, requeue, error))
    assert message.calls == calls


def test_block_of_aio_pika_is_said_to(models: Models):
    assert default_of(aio_pika.IncomingMessage.process, "requeue") is False
    operation = models.method("aio_pika.message", "process")
    assert operation is not None
    plain, again = operation.result, operation_for(operation, {"requeue": True}).result
    assert [models.types[one.strip("<>")].roles["retried"] for one in (plain, again)] == ["never", "on-error"]


# ----------------------------------------------------------------------- clouds

BOTO = {
    "aws.sqs": "sqs",
    "aws.sns": "sns",
    "aws.kinesis": "kinesis",
    "aws.firehose": "firehose",
    "aws.events": "events",
}
BOTO |= {"aws.lambda": "lambda", "aws.stepfunctions": "stepfunctions"}


@ALL
@pytest.mark.parametrize("type_id", sorted(BOTO))
def test_calls_of_aws_clients_exist_with_their_parameters(models: Models, type_id: str):
    """Their methods are made at run time, from the descriptions of the services."""
    service = importlib.import_module("botocore.session").get_session().get_service_model(BOTO[type_id])
    named = importlib.import_module("botocore").xform_name
    operations = {named(one): service.operation_model(one) for one in service.operation_names}
    for method, operation in models.types[type_id].methods.items():
        assert set(operation.params) <= set(operations[method].input_shape.members), method


@ALL
def test_calls_of_sqs_resources_exist():
    session = importlib.import_module("boto3").Session(aws_access_key_id="x", aws_secret_access_key="x")
    resource = session.resource("sqs", region_name="eu-west-1")
    models = load_models()
    queue = resource.Queue("https://example.org/queue")
    message = resource.Message("https://example.org/queue", "receipt")
    for type_id, held in (("aws.sqs_resource", resource), ("aws.sqs_queue", queue), ("aws.sqs_message", message)):
        for method in models.types[type_id].methods:
            assert callable(getattr(held, method)), method


@ALL
def test_visibility_of_sqs(models: Models):
    service = importlib.import_module("botocore.session").get_session().get_service_model("sqs")
    text = service.operation_model("SetQueueAttributes").input_shape.members["Attributes"].documentation
    stated = text.partition("VisibilityTimeout")[2].partition("</li>")[0]
    assert f"Default: {models.types['aws.sqs'].roles['default_visibility']}" in stated


@ALL
def test_defaults_of_pubsub(models: Models):
    flow = importlib.import_module("google.cloud.pubsub_v1.types").FlowControl()
    assert flow.max_lease_duration == said(models, "pubsub.subscriber", "subscribe", "default_visibility")


@ALL
def test_defaults_of_service_bus(models: Models):
    servicebus = importlib.import_module("azure.servicebus")
    mode = default_of(servicebus.ServiceBusClient.get_queue_receiver, "receive_mode")
    assert mode == servicebus.ServiceBusReceiveMode.PEEK_LOCK
    assert servicebus.ServiceBusReceiveMode.RECEIVE_AND_DELETE.value == "receiveanddelete"
    assert (
        default_of(servicebus.AutoLockRenewer, "max_lock_renewal_duration")
        == (models.types["servicebus.renewing_receiver"].roles["default_visibility"])
    )
    assert models.types["servicebus.deleting_receiver"].roles["delivery"] == "at-most-once"


@ALL
def test_jetstream_acknowledges_when_the_callback_has_returned(models: Models):
    context = importlib.import_module("nats.js.client").JetStreamContext
    assert default_of(context.subscribe, "manual_ack") is False
    acknowledged: list[str] = []

    class Message:
        async def ack(self) -> None:
            acknowledged.append("ack")

    async def works(_: object) -> None:
        acknowledged.append("work")

    async def fails(_: object) -> None:
        raise ValueError("broken")

    asyncio.run(context._auto_ack_callback(works)(Message()))
    assert acknowledged == ["work", "ack"]
    with pytest.raises(ValueError, match="broken"):
        asyncio.run(context._auto_ack_callback(fails)(Message()))
    assert acknowledged == ["work", "ack"]
    assert said(models, "nats.jetstream", "subscribe", "ack", cb=...) == "after"
    assert said(models, "nats.jetstream", "subscribe", "ack", cb=..., manual_ack=True) == "manual"


@ALL
def test_defaults_of_faststream(models: Models):
    """Kafka's is to commit in the background, RabbitMQ's to reject what raises."""
    faststream = importlib.import_module("faststream")
    policies = {name: getattr(faststream.AckPolicy, name) for name in ("ACK_FIRST", "REJECT_ON_ERROR")}
    for broker, policy in (("kafka", "ACK_FIRST"), ("rabbit", "REJECT_ON_ERROR")):
        module = importlib.import_module(f"faststream.{broker}")
        made = getattr(module, f"{broker.title()}Broker")().subscriber(
            "orders", **({"group_id": "g"} if broker == "kafka" else {})
        )
        assert made.ack_policy is policies[policy]
    assert said(models, "faststream.kafka", "subscriber", "ack") == "auto"
    assert said(models, "faststream.rabbit", "subscriber", "retried") == "never"
