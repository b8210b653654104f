"""
A Python service on Kafka with the real producer and consumer of edx-event-bus-kafka.

{"servers", "registry", "topic", "send": [{type, key_field, metadata, body}, ...]} sends the events.
{"servers", "registry", "topic", "group", "receive": count} prints the received events as [{metadata, type, body}, ...].
Bodies are the Avro bytes of the event's data, without a header.
"""

import base64
import json
import logging
import sys
import threading

from django.conf import settings

request = json.load(sys.stdin)
settings.configure(
    EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS=request["servers"],
    EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL=request["registry"],
    EVENTS_SERVICE_NAME="python",
    EVENT_BUS_KAFKA_CONSUMER_POLL_TIMEOUT=0.5,
    INSTALLED_APPS=[],
    DATABASES={},
    CACHES={},
)

import django  # noqa: E402

django.setup()

from edx_event_bus_kafka import KafkaEventConsumer, create_producer  # noqa: E402
from openedx_events.data import EventsMetadata  # noqa: E402
from openedx_events.event_bus.avro.deserializer import deserialize_bytes_to_event_data  # noqa: E402
from openedx_events.event_bus.avro.serializer import serialize_event_data_to_bytes  # noqa: E402
from openedx_events.tooling import OpenEdxPublicSignal, load_all_signals  # noqa: E402

logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
METADATA = ("id", "event_type", "minorversion", "source", "sourcehost", "time", "sourcelib")


def send():
    producer = create_producer()
    for event in request["send"]:
        signal = OpenEdxPublicSignal.get_signal_by_type(event["type"])
        producer.send(
            signal=signal,
            topic=request["topic"],
            event_key_field=event["key_field"],
            event_data=deserialize_bytes_to_event_data(base64.b64decode(event["body"]), signal),
            event_metadata=EventsMetadata.from_json(json.dumps(event["metadata"])),
        )
    producer.prepare_for_shutdown()
    return []


def receive():
    received = []
    done = threading.Event()

    def on_event(sender, signal, metadata, from_event_bus, **data):
        body = serialize_event_data_to_bytes(data, signal)
        received.append(
            {
                "type": signal.event_type,
                "metadata": json.loads(metadata.to_json()),
                "body": base64.b64encode(body).decode(),
            }
        )
        if len(received) == request["receive"]:
            done.set()

    for signal in OpenEdxPublicSignal.all_events():
        signal.connect(on_event)
    consumer = KafkaEventConsumer(request["topic"], request["group"])
    thread = threading.Thread(target=consumer.consume_indefinitely, daemon=True)
    thread.start()
    done.wait(60)
    consumer._shut_down()
    thread.join(20)
    return received


load_all_signals()
json.dump(send() if "send" in request else receive(), sys.stdout)
