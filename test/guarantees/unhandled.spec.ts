import { join } from 'node:path';
import { AdminError, type ReceivedRecord } from 'nest-event-bus/core';
import { until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UNHANDLED } from '../apps/src/events.js';
import { callsIn, jsonLines, numbered } from '../support/numbered.js';
import { onBackends } from '../support/on-backends.js';
import { deadLettersOf, produce } from '../support/records.js';
import { type Workbench, workbench } from '../support/workbench.js';

/** One event without a handler, and one after it. */
const EVENTS = [JSON.stringify({ type: UNHANDLED.type, data: { text: 'new' } }), jsonLines(numbered(1, 1))].join('\n');

await onBackends(({ env, open }) => {
  let bench: Workbench;
  beforeEach(() => (bench = workbench('unhandled', env())));
  afterEach(() => bench.clear());

  const history = () => join(bench.folder, 'history.jsonl');

  it.each([undefined, 'settle', 'dead-letter'])(
    'an event of a type that nobody here handles does not hold up the next one: EVENT_BUS_ON_UNHANDLED=%s',
    { timeout: 60_000 },
    async (policy) => {
      await produce(bench, EVENTS);
      const consumer = consume(policy);
      await until(() => callsIn(history()).length === 1, { withinMs: 30_000, what: 'the event behind it' });
      await expect(consumer.stop()).resolves.toBe(0);
      const letters = await deadLetters();
      expect(letters).toEqual(
        policy === 'dead-letter'
          ? [['unhandled', `This consumer has no handler for events of type ${UNHANDLED.type}.`, 'new']]
          : [],
      );
      expect(await behind()).toBe(0);
    },
  );

  it('with halt it stays for a version that handles it', { timeout: 60_000 }, async () => {
    await produce(bench, EVENTS);
    const old = consume('halt');
    await expect(old.ended).resolves.toBe(3);
    expect(old.lines.join('\n')).toMatch(
      /Stopped at topic .* \(policy halt\): This consumer has no handler for events of type test.unhandled.v1. \(exit code 3\)/,
    );
    expect(await deadLetters()).toEqual([]);
    expect(await behind()).toBe(2);
    expect(callsIn(history())).toEqual([]);
  });

  it('what --event-type leaves out passes, whatever the policy', { timeout: 60_000 }, async () => {
    await produce(bench, EVENTS);
    const consumer = consume('halt', ['--event-type', 'test.numbered.v1']);
    await until(() => callsIn(history()).length === 1, { withinMs: 30_000, what: 'the event behind it' });
    await expect(consumer.stop()).resolves.toBe(0);
  });

  function consume(policy: string | undefined, more: readonly string[] = []) {
    return bench.consumer('history-consumer', {
      args: ['--topic', bench.topic, '--group', bench.group, ...more],
      env: { HISTORY: history(), ...(policy === undefined ? {} : { EVENT_BUS_ON_UNHANDLED: policy }) },
    });
  }

  async function behind(): Promise<number> {
    const { backend } = open(bench);
    try {
      const positions = await backend.positions(bench.topic, bench.group);
      return positions.reduce((sum, each) => sum + each.behind, 0);
    } finally {
      await backend.close();
    }
  }

  async function deadLetters(): Promise<readonly (readonly string[])[]> {
    const { backend } = open(bench);
    const records: ReceivedRecord[] = [];
    try {
      for await (const record of backend.read(deadLettersOf(bench))) records.push(record);
    } catch (error) {
      if (!(error instanceof AdminError)) throw error;
    } finally {
      await backend.close();
    }
    return records.map(({ headers, value }) => {
      const header = (name: string) => Buffer.from(headers.find(([each]) => each === name)?.[1] ?? []).toString();
      const hasText = Buffer.from(value ?? []).includes('new');
      return [header('dead_letter_reason'), header('dead_letter_error'), hasText ? 'new' : ''];
    });
  }
});
