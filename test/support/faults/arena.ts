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

/** The points at which a member can be stopped for a fault. */
export type Point = 'before' | 'during' | 'failing' | 'retry';

/** A line written by a handler of test/apps/src/fault-consumer.ts. */
export interface HandlerLine {
  readonly what: 'begun' | 'ended';
  readonly id: string;
  readonly key: string;
  readonly seq: number;
  readonly attempt: number;
  readonly isReplay: boolean;
  /** The process id of the member. */
  readonly member: number;
  /** In ms since 1970. */
  readonly at: number;
}

export interface Member extends RunningProcess {
  /** Lets a member continue that has stopped at its point. */
  goOn(): void;
}

/** One fault test: a topic and a group on a site, its members and publishers, and their results. */
export interface Arena {
  readonly site: Site;
  readonly bench: Workbench;
  /**
   * Starts a member, by default test/apps/src/fault-consumer.ts. With `point`, it stops there at the first marked
   * event.
   */
  member(options?: {
    readonly app?: string;
    readonly point?: Point;
    readonly env?: Readonly<Record<string, string>>;
  }): Member;
  /** Creates events whose note begins with `word`. Does not publish them. */
  events(count: number, options?: { readonly keys?: number; readonly word?: (n: number) => string }): NumberedEvent[];
  publish(events: readonly NumberedEvent[]): Promise<void>;
  /** Starts a service that publishes at a constant rate, in events/s. */
  publisher(options: {
    readonly rate: number;
    readonly keys?: number;
    readonly count?: number;
    readonly env?: Readonly<Record<string, string>>;
  }): RunningProcess;
  /** The events confirmed to publishers, and those published with `publish`. */
  readonly published: readonly Published[];
  /** The lines of the handlers, in order. */
  readonly lines: readonly HandlerLine[];
  /** The ids of the handled events, in order. */
  readonly handled: readonly string[];
  /** The ids of the events in the dead letter topic. */
  deadLetters(): Promise<readonly string[]>;
  behind(): Promise<number>;
  /** Resolves when the group has settled everything. */
  settled(withinMs?: number): Promise<void>;
  /** Ends all processes. Fails if a log contains secrets or event data. */
  clear(): Promise<void>;
}

/** The window of each member. It is small, so that few duplicates are possible. */
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
  // Part of every event, to find logs that show event data.
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

/** The lines in the file. A line cut off by a kill counts as not written. */
function linesIn(file: string): readonly unknown[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);
}
