"""
Consumes tracking events with Open edX's own package for Kafka or Redis.
Prints {"per_second", "distinct", "duplicates"}.

Reads {"broker", "topic", "group", "total", "skip", "servers", "registry", "url"}. The handler reads the event's number,
like ours.
"""

import json
import logging
import os
import sys
import threading
import time

from django.conf import settings

task = json.load(sys.stdin)
settings.configure(
    EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS=task.get("servers"),
    EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL=task.get("registry"),
    EVENT_BUS_KAFKA_CONSUMER_POLL_TIMEOUT=0.5,
    EVENT_BUS_REDIS_CONNECTION_URL=task.get("url"),
    EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT=1,
    EVENTS_SERVICE_NAME="python",
    INSTALLED_APPS=[],
    DATABASES={},
    CACHES={},
)

import django  # noqa: E402

django.setup()

from openedx_events.tooling import OpenEdxPublicSignal, load_all_signals  # noqa: E402

logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
load_all_signals()
seen = set()
duplicates = 0
started_at = 0.0
ended_at = 0.0


def on_event(signal, tracking_log, **others):
    global duplicates, started_at, ended_at
    number = int(tracking_log.name)
    if number in seen:
        duplicates += 1
        return
    seen.add(number)
    if len(seen) == task["skip"]:
        started_at = time.perf_counter()
    if len(seen) == task["total"]:
        ended_at = time.perf_counter()
        consumer._shut_down()


OpenEdxPublicSignal.get_signal_by_type("org.openedx.analytics.tracking.event.emitted.v1").connect(on_event)
if task["broker"] == "kafka":
    from edx_event_bus_kafka import KafkaEventConsumer

    consumer = KafkaEventConsumer(task["topic"], task["group"])
else:
    from edx_event_bus_redis.internal.consumer import RedisEventConsumer

    consumer = RedisEventConsumer(
        topic=task["topic"], group_id=task["group"], consumer_name="python", check_backlog=True
    )
giving_up = threading.Timer(60, lambda: os._exit(1))
giving_up.daemon = True
giving_up.start()
# Runs in the main thread, because the Redis consumer sets signal handlers.
consumer.consume_indefinitely()
per_second = (task["total"] - task["skip"]) / (ended_at - started_at)
print(json.dumps({"per_second": per_second, "distinct": len(seen), "duplicates": duplicates}), flush=True)
os._exit(0)
