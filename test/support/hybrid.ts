import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type INestApplication, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  connectConsumer,
  type ConnectOptions,
  EventBus,
  EventBusModule,
  type EventBusOptions,
  type EventBusStrategy,
} from 'nest-event-bus';
import { embedded } from 'nest-event-bus/embedded';
import { NUMBERED } from '../apps/src/events.js';

/** The parts of a hybrid application for a test. */
export interface HybridParts extends ModuleMetadata {
  readonly bus?: EventBusOptions & { readonly isGlobal?: boolean };
  readonly consume?: Partial<ConnectOptions>;
  /** Called after `connectConsumer` and before the application starts. */
  readonly configure?: (app: INestApplication) => void;
}

export interface Hybrid {
  readonly app: INestApplication;
  readonly strategy: EventBusStrategy;
  /** Publishes one numbered event to the consumer's topic. */
  readonly publish: (key: string, seq?: number) => Promise<void>;
}

/** Hybrid applications in this process that share one embedded file. */
export interface HybridBench {
  readonly topic: string;
  readonly group: string;
  /** Starts an application with a consumer, up to `startAllMicroservices()`. Errors of its logger are not shown. */
  start(parts: HybridParts): Promise<Hybrid>;
  /** Calls `ask` with the backend itself, without the checks for events, and closes it. */
  withBackend<Result>(ask: (backend: ReturnType<typeof embedded>) => Promise<Result>): Promise<Result>;
  /** The number of events that the group has not settled. */
  behind(): Promise<number>;
  /** The keys of all records of its topic, as text. */
  keys(): Promise<readonly string[]>;
  /** The headers with the cause, for each dead letter. */
  deadLetters(): Promise<readonly Readonly<Record<string, string>>[]>;
  clear(): Promise<void>;
}

export function hybridBench(): HybridBench {
  const folder = mkdtempSync(join(tmpdir(), 'event-bus-hybrid-'));
  const path = join(folder, 'bus.db');
  const [topic, group] = ['hybrid', 'g'];
  const apps = new Set<INestApplication>();
  const withBackend = async <Result>(ask: (backend: ReturnType<typeof embedded>) => Promise<Result>) => {
    const backend = embedded({ path });
    try {
      return await ask(backend);
    } finally {
      await backend.close();
    }
  };
  return {
    topic,
    group,
    withBackend,
    async start({ bus, consume, configure, imports = [], ...parts }) {
      const forRoot = EventBusModule.forRoot({
        embeddedPath: path,
        events: [NUMBERED],
        eventModules: [],
        retryDelay: 0.001,
        embeddedAuditLoggingEnabled: false,
        ...bus,
      });
      @Module({ imports: [forRoot, ...imports], ...parts })
      class AppModule {}
      const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
      apps.add(app);
      const strategy = connectConsumer(app, { topic, group, from: 'earliest', ...consume });
      configure?.(app);
      await app.startAllMicroservices();
      return {
        app,
        strategy,
        publish: async (key, seq = 1) => {
          await app.get(EventBus).publish(NUMBERED, { number: { key, seq, note: null } }, { topic });
        },
      };
    },
    behind: () =>
      withBackend(async (backend) => {
        const positions = await backend.positions(topic, group);
        return positions.reduce((sum, { behind }) => sum + behind, 0);
      }),
    keys: () =>
      withBackend(async (backend) => {
        const keys: string[] = [];
        for await (const { key } of backend.read(topic)) keys.push(Buffer.from(key ?? []).toString());
        return keys;
      }),
    deadLetters: () =>
      withBackend(async (backend) => {
        const letters: Record<string, string>[] = [];
        try {
          for await (const { headers } of backend.read(`${topic}-${group}-dead-letters`))
            letters.push(
              Object.fromEntries(headers.map(([name, value]) => [name, Buffer.from(value ?? []).toString()])),
            );
        } catch {
          return [];
        }
        return letters;
      }),
    async clear() {
      for (const app of apps) await app.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
