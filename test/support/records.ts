import { deadLetterTopic, type OutgoingRecord, type ReceivedRecord } from 'nest-event-bus/core';
import { embedded } from 'nest-event-bus/embedded';
import { expect } from 'vitest';
import type { Workbench } from './workbench.js';

/** Publishes records directly, without the checks for events. */
export async function publishRecords(bench: Workbench, records: readonly OutgoingRecord[]): Promise<void> {
  const backend = embedded({ path: bench.path });
  try {
    await backend.publish(records);
  } finally {
    await backend.close();
  }
}

/** All records of a topic. Rejects if there is no such topic. */
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

/** Publishes JSON lines with the command line. All must be published. */
export async function produce(bench: Workbench, input: string): Promise<void> {
  const producer = bench.cli(['produce', '--topic', bench.topic], { input });
  expect(await producer.ended, producer.lines.slice(-5).join('\n')).toBe(0);
}

/** The dead letter topic of this test's group. */
export function deadLettersOf({ topic, group }: Workbench): string {
  return deadLetterTopic(topic, group);
}
