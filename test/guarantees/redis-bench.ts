import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import type { HandleRecord, OutgoingRecord, ReceivedRecord, Subscription } from 'nest-event-bus/core';
import { redis, type RedisBackend, type RedisOptions, type RedisReport } from 'nest-event-bus/redis';
import { until } from 'nest-event-bus/testing';

/** A member in this process. It is started again when its broker fails, as in core. */
export interface RunningMember {
  readonly handled: readonly string[];
  readonly failures: readonly Error[];
  stop(): Promise<void>;
}

/** The tools of one test: a stream and a group of its own, on a shared Redis. */
export interface RedisBench {
  readonly url: string;
  readonly topic: string;
  readonly group: string;
  /** A client for direct changes to the stream. */
  readonly client: Redis;
  readonly backend: RedisBackend;
  readonly reports: readonly RedisReport[];
  open(options?: Partial<RedisOptions>): RedisBackend;
  /** Publishes records. The value of a record is its id. */
  publish(ids: readonly string[], key?: string): Promise<readonly string[]>;
  member(
    name: string,
    options?: Partial<Subscription> & { readonly backend?: RedisBackend; readonly handle?: HandleRecord },
  ): RunningMember;
  behind(): Promise<number>;
  clear(): Promise<void>;
}

export function redisBench(url: string, defaults: Partial<RedisOptions> = {}): RedisBench {
  const tail = randomBytes(4).toString('hex');
  const topic = `guarantee-${tail}`;
  const group = `group-${tail}`;
  const reports: RedisReport[] = [];
  const client = new Redis(url);
  client.on('error', () => undefined);
  const opened: RedisBackend[] = [];
  const members: RunningMember[] = [];
  const open = (options: Partial<RedisOptions> = {}) => {
    const backend = redis({ url, claimMs: 1_000, observe: (report) => reports.push(report), ...defaults, ...options });
    opened.push(backend);
    return backend;
  };
  const backend = open();
  return {
    url,
    topic,
    group,
    client,
    backend,
    reports,
    open,
    publish: (ids, key = 'k') => backend.publish(ids.map((id) => outgoing(topic, id, key))),
    member(name, { backend: on = backend, handle = () => Promise.resolve(), ...options } = {}) {
      const stopping = new AbortController();
      const handled: string[] = [];
      const failures: Error[] = [];
      const asked: Subscription = {
        ...{ topic, group, member: name, start: 'earliest', maxInFlight: 100, stopBudgetMs: 1_000 },
        ...options,
      };
      const run = async () => {
        while (!stopping.signal.aborted) {
          try {
            await on.consume(
              asked,
              async (record, lost) => {
                handled.push(idOf(record));
                await handle(record, lost);
              },
              stopping.signal,
            );
          } catch (error) {
            failures.push(error as Error);
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
        }
      };
      const ended = run();
      const member: RunningMember = {
        handled,
        failures,
        stop: async () => {
          stopping.abort();
          await ended;
        },
      };
      members.push(member);
      return member;
    },
    async behind() {
      const [position] = await backend.positions(topic, group);
      return position?.behind ?? 0;
    },
    async clear() {
      await Promise.all(members.map((member) => member.stop()));
      await Promise.all(opened.map((each) => each.close()));
      client.disconnect();
    },
  };
}

/** The fields of a report with these words, or `undefined` if there is none. */
export function reported(bench: RedisBench, words: RegExp): ReadonlyMap<string, unknown> | undefined {
  const found = bench.reports.find(({ what }) => words.test(what));
  return found && new Map(found.fields);
}

export function isReported(bench: RedisBench, words: RegExp): Promise<void> {
  return until(() => reported(bench, words) !== undefined, {
    withinMs: 10_000,
    what: () => `a report of ${String(words)}; there are ${bench.reports.map(({ what }) => what).join('; ') || 'none'}`,
  });
}

export function ids(count: number, prefix = ''): readonly string[] {
  return Array.from({ length: count }, (_, n) => `${prefix}${n + 1}`);
}

export function outgoing(topic: string, id: string, key: string): OutgoingRecord {
  return { topic, key: Buffer.from(key), value: Buffer.from(id), headers: [] };
}

export function idOf({ value }: ReceivedRecord): string {
  return Buffer.from(value ?? []).toString();
}

/** A handler that runs until the record is lost. */
export const hold: HandleRecord = (_, lost) =>
  new Promise((_resolve, reject) => {
    lost.addEventListener('abort', () => reject(new Error('lost', { cause: lost.reason })), { once: true });
  });
