"""Publishes or consumes on Redis with Open edX's own packages. Reads its task as JSON.

`produce`: {"role", "url", "topic", "events": [{"type", "body", "metadata": {...}}]}. `body` is the Avro bytes of the
data in Base64. Prints the events as fastavro wrote them: the consumer under test must receive the same.

`consume`: {"role", "url", "topic", "group", "name", "types", "limit", "settleMs"}. Prints one JSON line per event.
"""
import base64
import json
import sys
from datetime import datetime
from uuid import UUID

import django
from django.conf import settings

task = json.load(sys.stdin)
settings.configure(
    INSTALLED_APPS=["openedx_events"],
    EVENT_BUS_REDIS_CONNECTION_URL=task["url"],
    EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT=1,
    EVENT_BUS_REDIS_STREAM_MAX_LEN=100_000,
    EVENTS_SERVICE_NAME="python",
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
)
django.setup()

from edx_event_bus_redis.internal.consumer import RedisEventConsumer  # noqa: E402
from edx_event_bus_redis.internal.producer import create_producer  # noqa: E402
from openedx_events.data import EventsMetadata  # noqa: E402
from openedx_events.event_bus.avro.deserializer import deserialize_bytes_to_event_data  # noqa: E402
from openedx_events.event_bus.avro.serializer import serialize_event_data_to_bytes  # noqa: E402
from openedx_events.tooling import OpenEdxPublicSignal, load_all_signals  # noqa: E402

load_all_signals()


def produce():
    producer = create_producer()
    for event in task["events"]:
        signal = OpenEdxPublicSignal.get_signal_by_type(event["type"])
        data = deserialize_bytes_to_event_data(base64.b64decode(event["body"]), signal)
        given = event["metadata"]
        metadata = EventsMetadata(
            event_type=event["type"],
            id=UUID(given["id"]),
            minorversion=0,
            source=given["source"],
            sourcehost=given["sourcehost"],
            time=datetime.fromisoformat(given["time"]),
            sourcelib=tuple(given["sourcelib"]),
        )
        producer.send(signal=signal, topic=task["topic"], event_key_field="x", event_data=data, event_metadata=metadata)
        print(json.dumps({"body": base64.b64encode(serialize_event_data_to_bytes(data, signal)).decode()}), flush=True)


def consume():
    received = 0

    def receive(signal, metadata, **kwargs):
        nonlocal received
        data = {name: kwargs[name] for name in signal.init_data}
        line = {
            "type": signal.event_type,
            "id": str(metadata.id),
            "source": metadata.source,
            "sourcehost": metadata.sourcehost,
            "time": metadata.time.isoformat(),
            "sourcelib": list(metadata.sourcelib),
            "body": base64.b64encode(serialize_event_data_to_bytes(data, signal)).decode(),
        }
        print(json.dumps(line), flush=True)
        received += 1
        if task["limit"] and received >= task["limit"]:
            consumer._shut_down()

    receivers = []
    for event_type in task["types"]:
        signal = OpenEdxPublicSignal.get_signal_by_type(event_type)
        handler = lambda signal, metadata, **kwargs: receive(signal, metadata, **kwargs)  # noqa: E731
        receivers.append(handler)
        signal.connect(handler)
    consumer = RedisEventConsumer(
        topic=task["topic"], group_id=task["group"], consumer_name=task["name"], check_backlog=task["checkBacklog"]
    )
    print(json.dumps({"ready": True}), flush=True)
    consumer.consume_indefinitely()


produce() if task["role"] == "produce" else consume()
