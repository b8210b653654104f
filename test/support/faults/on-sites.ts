import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { requires } from '../requirements.js';
import { type Arena, openArena } from './arena.js';
import { embeddedSite, kafkaSite, redisSite, type Site, type SiteName } from './site.js';

/** What the tests of a fault get. */
export interface OnSite {
  readonly name: SiteName;
  /** The site, once a test runs. */
  readonly site: () => Site;
  /** An arena for the running test; it is cleared, and its logs are read, when the test has ended. */
  readonly open: (label: string, settings?: Readonly<Record<string, string>>) => Promise<Arena>;
}

/** How often each fault is done: once, unless EVENT_BUS_FAULTS_RUNS says more. */
export const RUNS = Number(process.env['EVENT_BUS_FAULTS_RUNS'] ?? 1);

/** With it the logs that are searched for what they must not show have their lines for every event as well. */
export const AUDIT_ON = {
  EVENT_BUS_EMBEDDED_AUDIT_LOGGING_ENABLED: 'true',
  EVENT_BUS_REDIS_AUDIT_LOGGING_ENABLED: 'true',
  EVENT_BUS_KAFKA_AUDIT_LOGGING_ENABLED: 'true',
};

/** The same tests on several sites, each of which is started once for all of them. To be awaited at the top of a file. */
export async function onSites(names: readonly SiteName[], tests: (on: OnSite) => void): Promise<void> {
  for (const name of names) {
    await SITES[name](`on ${name}`, (start) => {
      let site: Site | undefined;
      const open: Arena[] = [];
      beforeAll(async () => {
        site = await start();
      }, 180_000);
      afterEach(async () => {
        for (const arena of open.splice(0)) await arena.clear();
      }, 60_000);
      afterAll(() => site?.clear(), 60_000);
      const there = (): Site => {
        if (site === undefined) throw new Error(`The site ${name} is not there yet.`);
        return site;
      };
      tests({
        name,
        site: there,
        async open(label, settings) {
          const arena = await openArena(there(), label, settings);
          open.push(arena);
          return arena;
        },
      });
    });
  }
}

type Define = (title: string, tests: (start: () => Promise<Site>) => void) => Promise<void>;

const SITES: Readonly<Record<SiteName, Define>> = {
  embedded: (title, tests) => {
    describe(title, () => tests(() => Promise.resolve(embeddedSite())));
    return Promise.resolve();
  },
  Redis: (title, tests) => requires('redis', title, () => tests(() => redisSite(false))),
  'Redis, exclusive': (title, tests) => requires('redis', title, () => tests(() => redisSite(true))),
  'Kafka 3.9': onKafka('3.9'),
  'Kafka 4.1': onKafka('4.1'),
};

function onKafka(version: '3.9' | '4.1'): Define {
  return (title, tests) =>
    requires(`kafka-${version}`, title, () =>
      requires('registry', 'with a registry', (startRegistry) =>
        tests(async () => kafkaSite(version, await startRegistry())),
      ),
    );
}
