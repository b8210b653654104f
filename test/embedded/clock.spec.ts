import type { Backend, ReceivedRecord } from 'nest-event-bus/core';
import { embedded, type EmbeddedOptions } from 'nest-event-bus/embedded';
import { stays, until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { start } from '../support/process.js';
import { workbench, type Workbench } from '../support/workbench.js';
import { publish, valueOf, valuesIn } from './log.js';

const HOUR = 3_600_000;
const YEARS = 4 * 365 * 24 * HOUR;

describe('A clock that is ahead for a while', () => {
  let bench: Workbench;
  const backends: Backend[] = [];
  const open = (options: Partial<EmbeddedOptions> = {}) => {
    const backend = embedded({ path: bench.path, ...options });
    backends.push(backend);
    return backend;
  };
  /** Runs a script with `backend` in a process whose wall clock is years ahead. The machine's clock is right. */
  const ahead = async (script: string, options: Partial<EmbeddedOptions> = {}) => {
    const clock = `const right = Date.now; Date.now = () => right() + ${YEARS};`;
    const code = `import { setTimeout as pause } from 'node:timers/promises';
      import { embedded } from 'nest-event-bus/embedded';
      const backend = embedded(${JSON.stringify({ path: bench.path, ...options })});
      const publish = (value) => backend.publish([{ topic: 't', key: null, value: Buffer.from(value), headers: [] }]);
      ${script}
      await backend.close();`;
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(clock)}` };
    const process = start('node', ['--input-type=module', '-e', code], { env });
    expect(await process.ended, process.lines.join('\n')).toBe(0);
  };

  beforeEach(() => {
    bench = workbench('embedded-clock');
  });
  afterEach(async () => {
    await Promise.all(backends.splice(0).map((backend) => backend.close()));
    await bench.clear();
  });

  it('leaves later events their own times, and moves by time find them', async () => {
    const backend = open();
    const before = Date.now();
    await publish(backend, 't', 'one');
    await ahead(`await publish('two');`);
    for (const value of ['three', 'four']) await publish(backend, 't', value);
    const records: ReceivedRecord[] = [];
    for await (const record of backend.read('t')) records.push(record);
    const aheadMs = records.map(({ timestamp }) => timestamp - before);
    expect(records.map(valueOf)).toEqual(['one', 'two', 'three', 'four']);
    expect(aheadMs[1]).toBeGreaterThanOrEqual(YEARS);
    for (const n of [0, 2, 3]) expect(aheadMs[n]).toBeLessThan(HOUR);
    await backend.createGroup('t', 'g', 'latest');
    const to = async (time: number) => (await backend.move('t', 'g', new Date(time), { dryRun: true }))[0]?.to;
    expect(await to(before)).toBe('0');
    // The exact time of the second record is unknown.
    expect(await to(records[2]?.timestamp ?? 0)).toBe('1');
    expect(await to(Date.now() + HOUR)).toBe('4');
    await backend.createGroup('t', 'from now on', new Date(Date.now() + 1_000));
    expect(await backend.positions('t', 'from now on')).toMatchObject([{ behind: 0 }]);
  });

  it('keeps no event from getting old', async () => {
    await ahead(`await publish('from the future'); await publish('again');`);
    const backend = open({ retentionMs: 500, trimEveryMs: 10 });
    await publish(backend, 't', 'now');
    const isEmpty = async () => (await valuesIn(backend, 't')).length === 0;
    await until(isEmpty, { withinMs: 20_000, what: 'all to be removed' });
  });

  it('removes nothing that is not old', async () => {
    const backend = open();
    const topics = ['t', 't-g-dead-letters'];
    for (const topic of topics) await publish(backend, topic, 'young');
    const week = 7 * 24 * HOUR;
    const limits = { retentionMs: week, deadLetterRetentionMs: week, trimEveryMs: 10 };
    await ahead('await backend.ping(); await pause(2_000);', limits);
    for (const topic of topics) {
      const isThere = async () => (await valuesIn(backend, topic)).length === 1;
      await stays(isThere, { forMs: 100, what: `the event of ${topic} is there` });
    }
  });
});
