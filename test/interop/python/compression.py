"""
Sends or receives compressed records with librdkafka, the client of Open edX's services.

{"servers", "topic", "compression", "send": [[key, value], ...]} sends all records in one batch to partition 0, with the
time 1. {"servers", "topic", "receive": count} prints the first records of partition 0 as [[key, value], ...].
"""

import json
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

request = json.load(sys.stdin)
servers = {"bootstrap.servers": request["servers"]}
topic = request["topic"]


def send():
    failed = []
    producer = Producer(
        {**servers, "compression.type": request["compression"], "linger.ms": 1000, "batch.num.messages": 100000}
    )
    for key, value in request["send"]:
        producer.produce(
            topic,
            key=key,
            value=value,
            partition=0,
            timestamp=1,
            on_delivery=lambda error, _: error and failed.append(str(error)),
        )
    if producer.flush(20) > 0 or failed:
        sys.exit(f"not sent: {failed[:1]}")
    return []


def receive():
    consumer = Consumer({**servers, "group.id": "compression", "enable.auto.commit": False, "check.crcs": True})
    consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
    received = []
    while len(received) < request["receive"]:
        message = consumer.poll(20)
        if message is None or message.error():
            sys.exit(f"not received: {message and message.error()}")
        received.append([message.key().decode(), message.value().decode()])
    consumer.close()
    return received


print(json.dumps(send() if "send" in request else receive()))
