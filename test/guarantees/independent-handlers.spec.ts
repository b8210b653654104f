import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jsonLines, numbered } from '../support/numbered.js';
import { deadLettersOf, produce, recordsOf } from '../support/records.js';
import { type Workbench, workbench } from '../support/workbench.js';

describe('Handlers of one event are independent', () => {
  let bench: Workbench;
  beforeEach(() => (bench = workbench('independent-handlers')));
  afterEach(() => bench.clear());

  it('runs the good one once, retries the bad one alone, and sets the record aside with its own error and bytes', async () => {
    await produce(bench, jsonLines(numbered(1)));
    const consumer = bench.consumer('failing-consumer', { env: { EVENT_BUS_RETRY_ATTEMPTS: '3' } });
    await consumer.says(/Moved to the dead letters: /);
    await expect(consumer.stop()).resolves.toBe(0);

    expect(consumer.output.filter((line) => line.startsWith('CALL'))).toEqual(
      expect.arrayContaining([
        'CALL good 0 attempt=1',
        'CALL bad 0 attempt=1',
        'CALL bad 0 attempt=2',
        'CALL bad 0 attempt=3',
      ]),
    );
    expect(consumer.output.filter((line) => line.startsWith('CALL good'))).toHaveLength(1);
    expect(consumer.output.filter((line) => line.startsWith('CALL bad'))).toHaveLength(3);
    const said = consumer.lines.join('\n');
    expect(said).not.toContain('Internal server error');
    expect(said).toMatch(
      /Handler failed, will try again: topic=\S+ group=\S+ partition=0 position=\S+ type=test.numbered.v1 id=[0-9a-f-]{36} key=k0 handler=PairController.bad attempt=1\/3 retry_in_ms=\d+ error="the printer is on fire"/,
    );
    expect(said).toMatch(/Handler failed for good: .* attempt=3\/3 error="the printer is on fire"/);

    const [original] = await recordsOf(bench, bench.topic);
    const [letter] = await recordsOf(bench, deadLettersOf(bench));
    expect(letter?.key).toEqual(original?.key);
    expect(letter?.value).toEqual(original?.value);
    expect(letter?.headers.slice(0, original?.headers.length)).toEqual(original?.headers);
    const cause = Object.fromEntries(
      letter?.headers
        .slice(original?.headers.length)
        .map(([name, value]) => [name, Buffer.from(value ?? []).toString()]) ?? [],
    );
    expect(cause).toMatchObject({
      dead_letter_topic: bench.topic,
      dead_letter_position: original?.position,
      dead_letter_group: bench.group,
      dead_letter_reason: 'handler-failed',
      dead_letter_handlers: 'PairController.bad',
      dead_letter_attempts: '3',
      dead_letter_error: 'PairController.bad: the printer is on fire',
    });
  });

  it('goes on with the next event after one was set aside', async () => {
    const events = numbered(5, 1).map((event, n) => (n === 1 ? event : { ...event, note: 'fine' }));
    await produce(bench, jsonLines(events));
    const consumer = bench.consumer('failing-consumer', { env: { EVENT_BUS_RETRY_ATTEMPTS: '2' } });
    await consumer.says(/CALL bad 4/);
    await expect(consumer.stop()).resolves.toBe(0);
    expect(await recordsOf(bench, deadLettersOf(bench))).toHaveLength(1);
  });

  it('skips a failed event when the policy says so, and keeps no dead letter', async () => {
    await produce(bench, jsonLines(numbered(1)));
    const consumer = bench.consumer('failing-consumer', {
      env: { EVENT_BUS_RETRY_ATTEMPTS: '1', EVENT_BUS_ON_FAILURE: 'skip' },
    });
    await consumer.says(/Event skipped \(policy skip\): .*error=/);
    await expect(consumer.stop()).resolves.toBe(0);
    await expect(recordsOf(bench, deadLettersOf(bench))).rejects.toThrow(/topic/);
  });

  it('ends the process with exit code 3 when the policy is halt, and keeps the event', async () => {
    await produce(bench, jsonLines(numbered(1)));
    const env = { EVENT_BUS_RETRY_ATTEMPTS: '1', EVENT_BUS_ON_FAILURE: 'halt' };
    const first = bench.consumer('failing-consumer', { env });
    await expect(first.ended).resolves.toBe(3);
    expect(first.lines.join('\n')).toMatch(
      /Stopped at topic \S+, position \S+ \(policy halt\): PairController.bad: the printer is on fire/,
    );
    const second = bench.consumer('failing-consumer', { env });
    await expect(second.ended).resolves.toBe(3);
    expect(second.output.filter((line) => line.startsWith('CALL bad 0'))).toHaveLength(1);
  });

  it('ends the process with exit code 4 after the limit of failed events in a row, the last one settled', async () => {
    await produce(bench, jsonLines(numbered(5, 1)));
    const env = { EVENT_BUS_RETRY_ATTEMPTS: '1', EVENT_BUS_EMBEDDED_CONSUMER_CONSECUTIVE_ERRORS_LIMIT: '2' };
    const first = bench.consumer('failing-consumer', { env });
    await expect(first.ended).resolves.toBe(4);
    expect(calls(first.output, 'bad')).toEqual(['0', '1']);
    const second = bench.consumer('failing-consumer', { env });
    await expect(second.ended).resolves.toBe(4);
    expect(calls(second.output, 'bad')).toEqual(['2', '3']);
  });

  it('counts failures anew after a success', async () => {
    const events = numbered(6, 1).map((event, n) => (n % 2 === 0 ? event : { ...event, note: 'fine' }));
    await produce(bench, jsonLines(events));
    const env = { EVENT_BUS_RETRY_ATTEMPTS: '1', EVENT_BUS_EMBEDDED_CONSUMER_CONSECUTIVE_ERRORS_LIMIT: '2' };
    const consumer = bench.consumer('failing-consumer', { env });
    await consumer.says(/CALL bad 5/);
    await expect(consumer.stop()).resolves.toBe(0);
  });
});

function calls(output: readonly string[], handler: string): readonly string[] {
  return output.filter((line) => line.startsWith(`CALL ${handler}`)).map((line) => line.split(' ')[2] ?? '');
}
