import { deadLetterTopic, type OutgoingRecord, type ReceivedRecord } from 'nest-event-bus/core';
import { embedded } from 'nest-event-bus/embedded';
import { expect } from 'vitest';
import type { Workbench } from './workbench.js';

/** Publishes records as they are, past every check of an event. */
export async function publishRecords(bench: Workbench, records: readonly OutgoingRecord[]): Promise<void> {
  const backend = embedded({ path: bench.path });
  try {
    await backend.publish(records);
  } finally {
    await backend.close();
  }
}

/** All records of a topic; rejects when there is no such topic. */
export async function recordsOf(bench: Workbench, topic: string): Promise<readonly ReceivedRecord[]> {
  const backend = embedded({ path: bench.path });
  try {
    const records: ReceivedRecord[] = [];
    for await (const record of backend.read(topic)) records.push(record);
    return records;
  } finally {
    await backend.close();
  }
}

/** Publishes JSON lines through the command line, all of which must go out. */
export async function produce(bench: Workbench, input: string): Promise<void> {
  const producer = bench.cli(['produce', '--topic', bench.topic], { input });
  expect(await producer.ended, producer.lines.slice(-5).join('\n')).toBe(0);
}

/** The topic of what this test's group set aside. */
export function deadLettersOf({ topic, group }: Workbench): string {
  return deadLetterTopic(topic, group);
}
