"""A member of a Kafka group with librdkafka. It prints the records that it gets and handles as JSON lines, until its
input ends."""

import json
import sys
import threading

from confluent_kafka import Consumer

settings = json.loads(sys.stdin.readline())
stopped = threading.Event()


def wait_for_end():
    sys.stdin.read()
    stopped.set()


def tell(**what):
    print(json.dumps(what), flush=True)


threading.Thread(target=wait_for_end, daemon=True).start()
consumer = Consumer(
    {
        "bootstrap.servers": settings["servers"],
        "group.id": settings["group"],
        "partition.assignment.strategy": settings["assignment"],
        "auto.offset.reset": "earliest",
        "session.timeout.ms": 6000,
        "heartbeat.interval.ms": 500,
    }
)
consumer.subscribe(
    [settings["topic"]],
    on_assign=lambda _, partitions: tell(assigned=[each.partition for each in partitions]),
    on_revoke=lambda _, partitions: tell(revoked=[each.partition for each in partitions]),
)
while not stopped.is_set():
    message = consumer.poll(0.1)
    if message is not None and message.error() is None:
        tell(handled=message.value().decode(), partition=message.partition())
consumer.close()
