import { setTimeout as delay } from 'node:timers/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { display } from './display.mjs';
import { start } from './program.mjs';

const TOPIC = 'learner-registration';
const GROUP = 'letters';
const MAX_CONSUMERS = 4;
/** The lag that one consumer is meant to work off, as `lagThreshold` of a KEDA trigger. */
const LAG_PER_CONSUMER = 100;
/** How long fewer consumers must be enough before one is stopped, in ms. */
const COOL_DOWN_MS = 4_000;
/** The waves: how long, and how many events a second. */
const WAVES = [
  { seconds: 6, rate: 15, says: 'a quiet morning' },
  { seconds: 3, rate: 200, says: 'a class of 600 registers' },
  { seconds: 12, rate: 20, says: 'a quiet afternoon' },
];

/** Consumers are started and stopped by the lag of their group, from zero and back to zero. */
export const scale = {
  says: 'Consumer processes that come and go with the lag, and ',
  limitMs: 180_000,
  partitions: MAX_CONSUMERS,
  async tell({ env, started }) {
    const consumers = new Consumers(env, started);
    // The group exists before there is any lag: a scaler cannot see the lag of an unknown group.
    await consumers.scaleTo(1);
    await consumers.scaleTo(0);
    const lag = watchLag(env, started);
    const publisher = await openPublisher(env);
    const view = display();
    const waves = publishWaves(publisher);
    let most = 0;
    for (let isOver = false; !isOver; await delay(500)) {
      const { events, oldestSeconds } = lag();
      await consumers.follow(events);
      most = Math.max(most, consumers.count);
      const { wave, published } = waves;
      view.show({ wave, events, oldestSeconds, consumers: consumers.count, published });
      isOver = waves.isOver && events === 0 && consumers.count === 0;
    }
    await waves.ended;
    await publisher.close();
    return `${waves.published} letters, printed by up to ${most} consumers at a time; none ran before the first event, and none runs now.`;
  },
};

/** Publishes the waves. The result is live. `ended` rejects if a publish fails. */
function publishWaves(publisher) {
  const state = { wave: '', published: 0, isOver: false, ended: undefined };
  const publish = async () => {
    for (const { seconds, rate, says } of WAVES) {
      state.wave = says;
      for (let n = 0; n < seconds * rate; n += 1) {
        const due = delay(1000 / rate);
        await publisher.publish(state.published);
        state.published += 1;
        await due;
      }
    }
    state.wave = 'nobody registers';
  };
  state.ended = publish().finally(() => (state.isOver = true));
  // Reported by whoever awaits `ended`.
  state.ended.catch(() => undefined);
  return state;
}

/** The consumer processes, and the rule by which they come and go. */
class Consumers {
  #running = [];
  #enoughSince;

  constructor(env, started) {
    this.env = env;
    this.started = started;
  }

  get count() {
    return this.#running.length;
  }

  /** Starts as many as the lag asks for at once; stops one at a time, and only after a while. */
  async follow(lag) {
    const wanted = Math.min(MAX_CONSUMERS, Math.ceil(lag / LAG_PER_CONSUMER));
    if (wanted >= this.count) {
      this.#enoughSince = undefined;
      if (wanted > this.count) await this.scaleTo(wanted);
      return;
    }
    this.#enoughSince ??= Date.now();
    if (Date.now() - this.#enoughSince < COOL_DOWN_MS) return;
    this.#enoughSince = undefined;
    await this.scaleTo(this.count - 1);
  }

  /** Resolves when new consumers consume, or when the others have stopped. */
  async scaleTo(wanted) {
    const starting = [];
    while (this.#running.length < wanted) {
      const program = start(
        'the consumer',
        [join(import.meta.dirname, 'letter-printer.mjs'), '--topic', TOPIC, '--group', GROUP],
        { env: { ...this.env, EVENT_BUS_CONSUMER_START: 'earliest', ...QUIET } },
      );
      this.started.add(program);
      this.#running.push(program);
      starting.push(program.says(/Consuming:/));
    }
    const leaving = this.#running.splice(wanted);
    await Promise.all([...starting, ...leaving.map((program) => program.stop())]);
  }
}

const QUIET = {
  EVENT_BUS_EMBEDDED_AUDIT_LOGGING_ENABLED: 'false',
  EVENT_BUS_REDIS_AUDIT_LOGGING_ENABLED: 'false',
  EVENT_BUS_KAFKA_AUDIT_LOGGING_ENABLED: 'false',
};

/** Runs `event-bus lag --watch` beside the demo; returns a function that gives its newest figures. */
function watchLag(env, started) {
  const bin = join(createRequire(import.meta.url).resolve('nest-event-bus/package.json'), '../bin/event-bus.js');
  const partitions = new Map();
  const program = start('event-bus lag', [bin, 'lag', '--topic', TOPIC, '--group', GROUP, '--watch', '0.5', '--json'], {
    env,
    onLine: (line) => {
      const sample = JSON.parse(line);
      partitions.set(sample.partition, sample);
    },
  });
  started.add(program);
  return () => {
    const samples = [...partitions.values()];
    return {
      events: samples.reduce((sum, { lag }) => sum + lag, 0),
      oldestSeconds: Math.max(0, ...samples.map(({ lagSeconds }) => lagSeconds ?? 0)),
    };
  };
}

async function openPublisher(env) {
  Object.assign(process.env, env, QUIET);
  const [{ NestFactory }, { EventBus, EventBusModule }, { STUDENT_REGISTRATION_COMPLETED }] = await Promise.all([
    import('@nestjs/core'),
    import('nest-event-bus'),
    import('openedx-events'),
  ]);
  // eslint-disable-next-line @typescript-eslint/no-extraneous-class -- a Nest module
  class Registrations {}
  const app = await NestFactory.createApplicationContext(
    { module: Registrations, imports: [EventBusModule.forRoot()] },
    { logger: ['warn', 'error'] },
  );
  const bus = app.get(EventBus);
  return {
    publish: (n) => bus.publish(STUDENT_REGISTRATION_COMPLETED, { user: learner(n) }, { topic: TOPIC }),
    close: () => app.close(),
  };
}

function learner(n) {
  return { pii: { username: `learner-${n}`, email: `learner-${n}@example.org`, name: '' }, id: n, is_active: true };
}
