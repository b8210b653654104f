import { randomBytes, randomUUID } from 'node:crypto';
import { newMetadata, type OutgoingRecord } from 'nest-event-bus/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { NUMBERED } from '../apps/src/events.js';
import { onBackends } from '../support/on-backends.js';
import { deadLettersOf } from '../support/records.js';
import { type Workbench, workbench } from '../support/workbench.js';

await onBackends(({ env, open }) => {
  let bench: Workbench;
  beforeEach(() => (bench = workbench('failure-lines', env())));
  afterEach(() => bench.clear());

  it('a failure is one line with all that leads to the event, and none of its data', { timeout: 60_000 }, async () => {
    const secret = `secret-${randomBytes(6).toString('hex')}`;
    const { topic } = bench;
    const { backend, codec } = open(bench);
    try {
      const data = { number: { key: 'k', seq: 0, note: secret } };
      const metadata = () => ({ ...newMetadata({ type: NUMBERED.type, minorversion: 0 }), id: randomUUID() });
      const failing = { definition: NUMBERED, metadata: metadata(), data };
      const broken = { definition: NUMBERED, metadata: metadata(), data };
      const record = { topic, ...(await codec.encode(failing, 'number.key', topic)) };
      const whole = await codec.encode(broken, 'number.key', topic);
      // Only the last byte is missing, so an error message could still show the secret.
      const cut: OutgoingRecord = { topic, ...whole, value: (whole.value ?? Buffer.alloc(0)).subarray(0, -1) };
      const positions = await backend.publish([record, cut]);

      const consumer = bench.consumer('failing-consumer', { env: { EVENT_BUS_RETRY_ATTEMPTS: '2' } });
      await consumer.says(new RegExp(`Moved to the dead letters: .*id=${broken.metadata.id}`));
      expect(await consumer.stop()).toBe(0);

      const where = ({ metadata: { id } }: typeof failing, n: number) =>
        `topic=${topic} group=${bench.group} partition=\\d+ position=${positions[n] ?? ''} type=${NUMBERED.type} id=${id} key=k`;
      const handler = 'handler=PairController.bad';
      const cause = 'error="the printer is on fire"';
      const lines = [
        `Handler failed, will try again: ${where(failing, 0)} ${handler} attempt=1/2 retry_in_ms=\\d+ ${cause}$`,
        `Handler failed for good: ${where(failing, 0)} ${handler} attempt=2/2 ${cause}$`,
        `Moved to the dead letters: ${where(failing, 0)} dead_letter_topic=${deadLettersOf(bench)} dead_letter_position=\\S+ error=`,
        `Record cannot be used: ${where(broken, 1)} error=".*the body cannot be read by the schema: a string is longer`,
        `Moved to the dead letters: ${where(broken, 1)} dead_letter_topic=${deadLettersOf(bench)} dead_letter_position=\\S+ error=`,
      ];
      for (const line of lines)
        expect(
          consumer.lines.filter((said) => new RegExp(line).test(said)),
          line,
        ).toHaveLength(1);
      expect(consumer.lines.join('\n')).not.toContain(secret);

      const letters: (Buffer | undefined)[] = [];
      for await (const { value } of backend.read(deadLettersOf(bench)))
        letters.push(value ? Buffer.from(value) : undefined);
      expect(letters.map((value) => value?.toString('hex')).toSorted()).toEqual(
        [record, cut].map(({ value }) => Buffer.from(value ?? []).toString('hex')).toSorted(),
      );
    } finally {
      await backend.close();
    }
  });
});
