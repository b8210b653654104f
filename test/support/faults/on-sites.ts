import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { requires } from '../requirements.js';
import { type Arena, openArena } from './arena.js';
import { embeddedSite, kafkaSite, redisSite, type Site, type SiteName } from './site.js';

/** The parameter of fault tests. */
export interface OnSite {
  readonly name: SiteName;
  /** Returns the site. Call it inside a test. */
  readonly site: () => Site;
  /** Opens an arena for the running test. After the test, the arena is cleared and its logs are checked. */
  readonly open: (label: string, settings?: Readonly<Record<string, string>>) => Promise<Arena>;
}

/** How often each fault is tested. Default 1; set EVENT_BUS_FAULTS_RUNS for more. */
export const RUNS = Number(process.env['EVENT_BUS_FAULTS_RUNS'] ?? 1);

/** Turns the audit log on, so that the logs to check also have a line for each event. */
export const AUDIT_ON = {
  EVENT_BUS_EMBEDDED_AUDIT_LOGGING_ENABLED: 'true',
  EVENT_BUS_REDIS_AUDIT_LOGGING_ENABLED: 'true',
  EVENT_BUS_KAFKA_AUDIT_LOGGING_ENABLED: 'true',
};

/** Runs the same tests on several sites. Each site is started once. Await it at the top of a file. */
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
