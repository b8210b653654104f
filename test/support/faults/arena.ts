import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AdminError } from 'nest-event-bus/core';
import { type Published, until } from 'nest-event-bus/testing';
import { jsonLines, type NumberedEvent } from '../numbered.js';
import type { RunningProcess } from '../process.js';
import { deadLettersOf, produce } from '../records.js';
import { workbench, type Workbench } from '../workbench.js';
import { expectDiscreet } from './discretion.js';
import type { Site } from './site.js';

/** Where a member can be made to stop, so that something is done to it there. */
export type Point = 'before' | 'during' | 'failing' | 'retry';

/** A line that a handler of test/apps/src/fault-consumer.ts left. */
export interface HandlerLine {
  readonly what: 'begun' | 'ended';
  readonly id: string;
  readonly key: string;
  readonly seq: number;
  readonly attempt: number;
  readonly isReplay: boolean;
  /** The member's process. */
  readonly member: number;
  /** In ms since 1970. */
  readonly at: number;
}

export interface Member extends RunningProcess {
  /** Lets a member go on that stopped at its point. */
  goOn(): void;
}

/** One test of what holds when things break: a topic and a group on a site, its members and publishers, and what they left behind. */
export interface Arena {
  readonly site: Site;
  readonly bench: Workbench;
  /** Starts a member, by default test/apps/src/fault-consumer.ts; with `point` that stops there at the first event that is marked. */
  member(options?: {
    readonly app?: string;
    readonly point?: Point;
    readonly env?: Readonly<Record<string, string>>;
  }): Member;
  /** Events with a note of this word, ready to be published. */
  events(count: number, options?: { readonly keys?: number; readonly word?: (n: number) => string }): NumberedEvent[];
  publish(events: readonly NumberedEvent[]): Promise<void>;
  /** Starts a service that publishes at a constant rate, in events/s. */
  publisher(options: {
    readonly rate: number;
    readonly keys?: number;
    readonly count?: number;
    readonly env?: Readonly<Record<string, string>>;
  }): RunningProcess;
  /** What was confirmed to publishers, and what was published by `publish`. */
  readonly published: readonly Published[];
  /** What handlers left, in their order. */
  readonly lines: readonly HandlerLine[];
  /** The ids of the handled events, in their order. */
  readonly handled: readonly string[];
  /** The ids of the events that were set aside. */
  deadLetters(): Promise<readonly string[]>;
  behind(): Promise<number>;
  /** Resolves when the group has nothing left to settle. */
  settled(withinMs?: number): Promise<void>;
  /** Ends everything, and fails when a log shows what it must not. */
  clear(): Promise<void>;
}

/** What a group's members have in hand at most: small, so that the window of duplicates is. */
export const MAX_IN_FLIGHT = 10;

const SETTINGS = {
  EVENT_BUS_CONSUMER_ORDERING: 'key',
  EVENT_BUS_CONSUMER_CONCURRENCY: '8',
  EVENT_BUS_CONSUMER_MAX_IN_FLIGHT: String(MAX_IN_FLIGHT),
  EVENT_BUS_CONSUMER_STOP_TIMEOUT: '10',
  EVENT_BUS_PUBLISH_TIMEOUT: '5',
};

export async function openArena(
  site: Site,
  name: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Arena> {
  const bench = workbench(name, { ...SETTINGS, ...site.env, ...settings });
  await site.prepareTopic(bench.topic);
  // Stands in every event, so that a log that shows event data is found out.
  const personal = `personal-${randomBytes(8).toString('hex')}`;
  const history = join(bench.folder, 'handled.jsonl');
  const confirmed = join(bench.folder, 'published.jsonl');
  const made: Published[] = [];
  const running: RunningProcess[] = [];
  const sequences = new Map<string, number>();
  const keep = <Process extends RunningProcess>(process: Process): Process => {
    running.push(process);
    return process;
  };
  const withBackend = async <Result>(ask: (opened: ReturnType<Site['open']>) => Promise<Result>): Promise<Result> => {
    const opened = site.open(bench);
    try {
      return await ask(opened);
    } finally {
      await opened.backend.close();
    }
  };
  const behind = () =>
    withBackend(async ({ backend }) => {
      const positions = await backend.positions(bench.topic, bench.group);
      return positions.reduce((sum, each) => sum + each.behind, 0);
    });
  return {
    site,
    bench,
    member({ app = 'fault-consumer', point, env = {} } = {}) {
      const go = join(bench.folder, `go-${randomBytes(4).toString('hex')}`);
      const child = bench.consumer(app, {
        env: { HISTORY: history, GO: go, ...(point === undefined ? {} : { POINT: point }), ...env },
      });
      return keep({ ...child, goOn: () => writeFileSync(go, '') });
    },
    events(count, { keys = 20, word = () => 'plain' } = {}) {
      return Array.from({ length: count }, (_, n) => {
        const key = `k${n % keys}`;
        const seq = sequences.get(key) ?? 0;
        sequences.set(key, seq + 1);
        return { id: randomUUID(), key, seq, note: `${word(n)} ${personal}` };
      });
    },
    async publish(events) {
      await produce(bench, jsonLines(events));
      made.push(...events);
    },
    publisher: ({ rate, keys = 20, count, env = {} }) =>
      keep(
        bench.publisher({
          TOPIC: bench.topic,
          PUBLISHED: confirmed,
          NOTE: `plain ${personal}`,
          RATE: String(rate),
          KEYS: String(keys),
          KEY_PREFIX: `p${running.length}-`,
          ...(count === undefined ? {} : { COUNT: String(count) }),
          ...env,
        }),
      ),
    get published() {
      return [...made, ...(linesIn(confirmed) as readonly Published[])];
    },
    get lines() {
      return linesIn(history) as readonly HandlerLine[];
    },
    get handled() {
      return (linesIn(history) as readonly HandlerLine[]).flatMap(({ what, id }) => (what === 'ended' ? [id] : []));
    },
    deadLetters: () =>
      withBackend(async ({ backend, codec }) => {
        const found: string[] = [];
        try {
          for await (const record of backend.read(deadLettersOf(bench))) found.push(codec.idOf?.(record) ?? '');
        } catch (error) {
          if (!(error instanceof AdminError)) throw error;
        }
        return found;
      }),
    behind,
    async settled(withinMs = 60_000) {
      let last: number | string = 'unknown';
      const isSettled = async () => {
        last = await behind().catch((error: unknown) => String(error));
        return last === 0;
      };
      await until(isSettled, { withinMs, what: () => `the group to have settled all; behind: ${last}` });
    },
    async clear() {
      await bench.clear();
      for (const { lines } of running) expectDiscreet(lines, [personal, ...site.secrets]);
    },
  };
}

/** A line that a kill cut off counts as not written. */
function linesIn(file: string): readonly unknown[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);
}
