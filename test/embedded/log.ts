import type { Backend, HandleRecord, ReceivedRecord, Subscription } from 'nest-event-bus/core';
import { until } from 'nest-event-bus/testing';
import { expect } from 'vitest';

import { start } from '../support/process.js';

/** The values of the records as text, in order. */
export async function valuesIn(backend: Backend, topic: string): Promise<readonly string[]> {
  const values: string[] = [];
  for await (const record of backend.read(topic)) values.push(valueOf(record));
  return values;
}

export function valueOf({ value }: ReceivedRecord): string {
  return Buffer.from(value ?? []).toString();
}

/** Publishes one record with this value, by default without a key. */
export function publish(backend: Backend, topic: string, value: string, key?: string): Promise<readonly string[]> {
  return backend.publish([
    { topic, key: key === undefined ? null : Buffer.from(key), value: Buffer.from(value), headers: [] },
  ]);
}

/** A member in this process. `stop` stops it. */
export function member(
  backend: Backend,
  subscription: Pick<Subscription, 'topic' | 'group'> & Partial<Subscription>,
  handle: HandleRecord,
): { readonly ended: Promise<void>; stop(): Promise<void> } {
  const stopping = new AbortController();
  const ended = backend.consume(
    { member: 'here', start: 'earliest', maxInFlight: 10, stopBudgetMs: 5_000, ...subscription },
    handle,
    stopping.signal,
  );
  ended.catch(() => undefined);
  return {
    ended,
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}

/** Waits until the group has settled everything. */
export async function allSettled(backend: Backend, topic: string, group: string): Promise<void> {
  const behind = async () => (await backend.positions(topic, group))[0]?.behind;
  await until(async () => (await behind()) === 0, {
    withinMs: 15_000,
    what: `group ${group} to settle all of ${topic}`,
  });
}

/** Starts a member in another process, lets it take up to five records, and kills it. */
export async function vanish(
  path: string,
  { topic, group, leaseMs }: { readonly topic: string; readonly group: string; readonly leaseMs: number },
): Promise<void> {
  const script = `import { embedded } from 'nest-event-bus/embedded';
    const [path, topic, group, leaseMs] = process.argv.slice(1);
    const subscription = { topic, group, member: 'm', start: 'earliest', maxInFlight: 10, stopBudgetMs: 0 };
    const handle = () => { setTimeout(() => process.kill(process.pid, 'SIGKILL')); return new Promise(() => {}); };
    await embedded({ path, leaseMs: Number(leaseMs) }).consume(subscription, handle, new AbortController().signal);`;
  const child = start(process.execPath, ['--input-type=module', '-e', script, path, topic, group, String(leaseMs)]);
  expect(await child.ended).toBe('SIGKILL');
}
