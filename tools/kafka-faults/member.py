"""A member of a group like member.mjs, with librdkafka. It commits ten times a second, without waiting."""

import json
import sys
import threading
import time

from confluent_kafka import Consumer, KafkaException

given = json.loads(sys.argv[1])
journal = open(given["journal"], "a", buffering=1)
stopping = threading.Event()


def wait_for_stop():
    sys.stdin.readline()
    stopping.set()


threading.Thread(target=wait_for_stop, daemon=True).start()
options = dict(given.get("options", {}))
names = {"assignment": "partition.assignment.strategy", "instanceId": "group.instance.id"}
consumer = Consumer(
    {
        "bootstrap.servers": given["brokers"],
        "group.id": given["group"],
        "client.id": given["member"],
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "session.timeout.ms": 30_000,
        **{names.get(name, name): value for name, value in options.items()},
    },
    logger=None,
)
COMMIT_S = 0.1
committed = 0.0
consumer.subscribe([given["topic"]])
while not stopping.is_set():
    message = consumer.poll(0.1)
    if message is None or message.error():
        continue
    begun = round(time.time() * 1000)
    time.sleep(given["handlerMs"] / 1000)
    at = f"{message.partition()}:{message.offset()} {message.value().decode().strip()}"
    journal.write(f"h {at} {begun} {round(time.time() * 1000)} {given['member']}\n")
    if time.monotonic() - committed > COMMIT_S:
        committed = time.monotonic()
        try:
            consumer.commit(asynchronous=True)
        except KafkaException as error:
            journal.write(f"e {begun} {error}\n")
consumer.close()
