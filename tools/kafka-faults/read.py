"""Reads topics from the beginning to their current ends. Writes a line per record: topic partition offset n
key timestamp."""

import sys
import time

from confluent_kafka import Consumer, TopicPartition

brokers, out, limit, *topics = sys.argv[1:]
deadline = time.monotonic() + float(limit)
consumer = Consumer(
    {
        "bootstrap.servers": brokers,
        "group.id": "faults-reader",
        "enable.auto.commit": False,
        "auto.offset.reset": "error",
        "enable.partition.eof": False,
        "check.crcs": True,
        "isolation.level": "read_uncommitted",
    }
)
known = consumer.list_topics(timeout=30).topics
ends, begins = {}, []
for topic in topics:
    for partition in known[topic].partitions:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=30)
        if high > low:
            ends[(topic, partition)] = high
            begins.append(TopicPartition(topic, partition, low))
open_ends = set(ends)
consumer.assign(begins)
with open(out, "w", buffering=1 << 20) as lines:
    while open_ends:
        if time.monotonic() > deadline:
            sys.exit(f"Not read to the end within {limit} s: {sorted(open_ends)}")
        for message in consumer.consume(10_000, timeout=0.5):
            if message.error():
                sys.exit(f"Could not read: {message.error()}")
            at = (message.topic(), message.partition())
            if message.offset() >= ends[at]:
                continue
            value = (message.value() or b"").decode().strip()
            key = (message.key() or b"-").decode()
            lines.write(f"{at[0]} {at[1]} {message.offset()} {value} {key} {message.timestamp()[1]}\n")
            if message.offset() + 1 >= ends[at]:
                open_ends.discard(at)
consumer.close()
