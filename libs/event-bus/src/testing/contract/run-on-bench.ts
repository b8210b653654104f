import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Backend, ReceivedRecord } from '../../core/backend.js';
import { AdminError } from '../../core/errors.js';
import { stays, until, within, type Limit } from '../until.js';
import type { Bench } from './bench.js';
import { followChildLog } from './child-log.js';
import { startChild, type Child } from './child.js';
import { limitsOf, openBackend, type BackendHarness } from './harness.js';
import { startMember, type Member } from './member.js';
import { outgoing } from './records.js';

const RECURSIVELY = { recursive: true, force: true } as const;

/** Runs one case and cleans up after it. */
export async function runOnBench(
  harness: BackendHarness,
  title: string,
  test: (bench: Bench) => Promise<void>,
): Promise<void> {
  const bench = await openBench(harness, title);
  try {
    await test(bench);
  } catch (error) {
    // After a failed case, cleaning up often fails too. The first error says why.
    await bench.clear().catch(() => undefined);
    throw error;
  }
  await bench.clear();
}

async function openBench(harness: BackendHarness, title: string): Promise<Bench & { clear(): Promise<void> }> {
  const limits = limitsOf(harness);
  const prefix = `contract-${title.replace(/[^a-zA-Z0-9]+/g, '-').slice(0, 60)}-${randomBytes(4).toString('hex')}`;
  const children: Child[] = [];
  const members: Member[] = [];
  const backends: Backend[] = [];

  const name = (label: string): string => `${prefix}-${label}`;
  const open = async (): Promise<Backend> => {
    const opened = await openBackend(harness);
    backends.push(opened);
    return opened;
  };
  const backend = await open();
  const topic = name('topic');
  const group = name('group');
  await backend.createTopic(topic);
  // Created after the backend, so that a backend that fails to open leaves no folder behind.
  const directory = await mkdtemp(join(tmpdir(), 'backend-contract-'));
  const logFile = join(directory, 'log');
  const log = followChildLog(logFile);

  const subscription = { topic, group, start: 'earliest', maxInFlight: 10, stopBudgetMs: 60_000 } as const;
  const wait = (withinMs: number, what: Limit['what']): Limit => ({ withinMs, what });
  const unlessChildrenFail = (condition: () => boolean | Promise<boolean>) => () => {
    const complaint = children.find((child) => child.complaint !== undefined)?.complaint;
    if (complaint !== undefined) throw new Error(complaint);
    return condition();
  };

  const bench: Bench = {
    harness,
    limits,
    backend,
    topic,
    group,
    name,
    open,
    publish: (ids, { topic: to = topic, key = 'k' } = {}) => backend.publish(ids.map((id) => outgoing(to, id, key))),
    async read(from = topic) {
      const records: ReceivedRecord[] = [];
      for await (const record of backend.read(from)) records.push(record);
      return records;
    },
    member({ backend: on = backend, handle = () => Promise.resolve(), stopping, ...options } = {}) {
      const asked = { ...subscription, member: `member-${members.length + 1}`, ...options };
      const member = startMember(on, asked, handle, stopping);
      members.push(member);
      return member;
    },
    stop(member) {
      member.stop();
      return bench.ended(member);
    },
    ended: (member) => within(member.ended, wait(limits.waitMs, 'consume to end')),
    child(childName, task) {
      const { module, config } = harness;
      const child = startChild({ name: childName, module: module.toString(), config, log: logFile, task });
      children.push(child);
      return child;
    },
    consumer: (childName, { work, ...options }) =>
      bench.child(childName, {
        role: 'consume',
        subscription: { ...subscription, member: childName, ...options },
        work,
      }),
    log,
    async behind() {
      const positions = await backend.positions(topic, group);
      return positions.reduce((sum, partition) => sum + partition.behind, 0);
    },
    groupIsMade: ({ topic: on = topic } = {}) =>
      bench.until(async () => {
        try {
          return (await backend.positions(on, group)).every(({ position }) => position !== null);
        } catch (error) {
          if (error instanceof AdminError) return false;
          throw error;
        }
      }, `the position of group ${group} on ${on}`),
    async now() {
      const newest = Math.max(0, ...(await bench.read()).map(({ timestamp }) => timestamp));
      await bench.until(() => Date.now() > newest + 1, 'the clock to pass the newest record');
      return new Date(newest + 1);
    },
    until: (condition, what, withinMs = limits.waitMs) => until(unlessChildrenFail(condition), wait(withinMs, what)),
    stays: (condition, what, forMs = limits.quietMs) => stays(unlessChildrenFail(condition), { forMs, what }),
    within: (promise, what, withinMs = limits.waitMs) => within(promise, wait(withinMs, what)),
  };

  const clear = async (): Promise<void> => {
    for (const child of children) child.kill('SIGKILL');
    for (const member of members) {
      member.stop();
      for (const call of member.openCalls) call.finish();
    }
    try {
      const ends = [
        ...children.map(({ gone }) => gone),
        ...members.map((member) => member.ended.catch(() => undefined)),
      ];
      await within(Promise.all(ends), wait(limits.waitMs, 'members and processes to end'));
    } finally {
      const closes = Promise.all(backends.map((opened) => opened.close()));
      await within(closes, wait(limits.waitMs, 'backends to close')).finally(() => rm(directory, RECURSIVELY));
    }
  };
  return { ...bench, clear };
}
