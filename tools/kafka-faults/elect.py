"""Elects the preferred replica of each partition of a topic as its leader."""

import sys

from confluent_kafka import ElectionType, TopicPartition
from confluent_kafka.admin import AdminClient

brokers, topic, partitions = sys.argv[1:]
admin = AdminClient({"bootstrap.servers": brokers})
asked = [TopicPartition(topic, partition) for partition in range(int(partitions))]
answers = admin.elect_leaders(ElectionType.PREFERRED, asked).result()
failed = [f"{at}: {error}" for at, error in answers.items() if error is not None and error.name() != "ELECTION_NOT_NEEDED"]
if failed:
    sys.exit("; ".join(failed))
