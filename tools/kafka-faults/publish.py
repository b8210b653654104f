"""Publishes like publish.mjs, with librdkafka: idempotent, with acks from all in-sync replicas."""

import json
import sys
import threading
import time

from confluent_kafka import KafkaException, Producer

given = json.loads(sys.argv[1])
topics, keys, size, rate, max_open = (given[name] for name in ("topics", "keys", "bytes", "rate", "maxOpen"))
journal = open(given["journal"], "w", buffering=1 << 16)
stopping = threading.Event()
answered = 0


def wait_for_stop():
    sys.stdin.readline()
    stopping.set()


threading.Thread(target=wait_for_stop, daemon=True).start()
producer = Producer(
    {
        "bootstrap.servers": given["brokers"],
        "enable.idempotence": True,
        "acks": "all",
        "delivery.timeout.ms": given["publishTimeoutMs"],
        "queue.buffering.max.messages": 1_000_000,
        "topic.metadata.refresh.interval.ms": 30_000,
        **given.get("options", {}),
    },
    logger=None,
)


def on_delivery(n, at, began):
    def call(error, message):
        global answered
        answered += 1
        took = round((time.perf_counter() - began) * 1000)
        if error is None:
            journal.write(f"c {n} {message.partition()}:{message.offset()} {at} {took}\n")
        else:
            journal.write(f"r {n} {at} {took} {error}\n")

    return call


def publish(n):
    global answered
    at = round(time.time() * 1000)
    call = on_delivery(n, at, time.perf_counter())
    try:
        producer.produce(topics[n % len(topics)], key=f"k{n % keys}", value=str(n).ljust(size), on_delivery=call)
    except KafkaException as error:
        # An error that the client reports at once.
        answered += 1
        journal.write(f"r {n} {at} 0 {error}\n")


began = time.perf_counter()
skipped = 0.0
n = last = 0
while not stopping.is_set():
    due = (time.perf_counter() - began) * rate - skipped
    while n < due and n - answered < max_open:
        publish(n)
        n += 1
    if n - answered >= max_open:
        skipped += max(0.0, due - n)
    if n != last:
        journal.write(f"s {n}\n")
        last = n
    producer.poll(0.001)
producer.flush(given["publishTimeoutMs"] / 1000 + 15)
journal.write(f"s {n}\n")
journal.close()
print(f"PUBLISHED {n}, {n - answered} unanswered", flush=True)
