import { Logger, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AsyncMicroserviceOptions } from '@nestjs/microservices';
import { asError } from '../core/backoff.js';
import { SettingsError } from '../core/errors.js';
import { type ConsumerArguments, readConsumerArguments } from './consumer-arguments.js';
import { readExtra } from './consumer-extra.js';
import { checkConsumersEnabled } from './consumers-enabled.js';
import { EventDataPipe } from './event-data.pipe.js';
import { exitCodeOf } from './exit-code.js';
import { KeepErrorFilter } from './keep-error.filter.js';
import type { EventBusRuntime } from './runtime.js';
import { EventBusStrategy } from './strategy.js';
import { EVENT_BUS_RUNTIME } from './tokens.js';

/**
 * The whole main of a consumer process: reads the command line, consumes until SIGTERM or SIGINT, ends the process with its exit code.
 *
 * `module` imports `EventBusModule` and lists the controllers with the handlers.
 */
export async function runConsumer(module: Type, argv: readonly string[] = process.argv.slice(2)): Promise<never> {
  try {
    await consume(module, readConsumerArguments(argv));
    // This is the application's main: a handler that outlived the stop budget must not keep the process.
    // eslint-disable-next-line no-restricted-properties
    process.exit(0);
  } catch (thrown) {
    const code = exitCodeOf(thrown);
    if (code !== 0)
      new Logger('EventBus').fatal(
        `${asError(thrown).message}${code === 1 ? `\n${asError(thrown).stack ?? ''}` : ''} (exit code ${code})`,
      );
    // eslint-disable-next-line no-restricted-properties
    process.exit(code);
  }
}

async function consume(module: Type, given: ConsumerArguments): Promise<void> {
  // First of all: a signal that comes while the application is made is not to end it half-made.
  const stopping = untilSignal();
  let strategy: EventBusStrategy | undefined;
  const app = await NestFactory.createMicroservice<AsyncMicroserviceOptions>(module, {
    abortOnError: false,
    inject: [EVENT_BUS_RUNTIME],
    useFactory: (runtime: EventBusRuntime) => ({ strategy: (strategy = makeStrategy(runtime, given)) }),
  });
  if (strategy === undefined) throw new Error('Nest did not make the strategy.');
  app.useGlobalFilters(new KeepErrorFilter());
  app.useGlobalPipes(new EventDataPipe());
  try {
    await app.listen();
    // The consumer stops before Nest destroys anything that its handlers use.
    await Promise.race([stopping, strategy.ended]);
    await strategy.close();
    await strategy.ended;
  } finally {
    await app.close();
  }
}

function makeStrategy(
  runtime: EventBusRuntime,
  { topic, group, from, eventTypes, extra }: ConsumerArguments,
): EventBusStrategy {
  const { settings } = runtime;
  const { member, from: fromExtra, offsetTime } = readExtra(extra, settings.consumer);
  const start = from ?? fromExtra;
  checkConsumersEnabled(settings);
  return new EventBusStrategy(runtime, {
    topic,
    group: group ?? defaultGroup(settings),
    ...(start === undefined ? {} : { from: start }),
    ...(offsetTime === undefined ? {} : { offsetTime }),
    eventTypes,
    ...(member === undefined ? {} : { member }),
  });
}

/** The service's name and the environment's prefix, so that neither two services nor two environments share a group by accident. */
function defaultGroup({
  serviceName,
  topicPrefix,
}: {
  readonly serviceName?: string;
  readonly topicPrefix?: string;
}): string {
  if (serviceName !== undefined && topicPrefix !== undefined && topicPrefix !== '')
    return `${serviceName}_${topicPrefix}`;
  throw new SettingsError(
    'No group was given. Start the consumer with --group GROUP, or set both EVENTS_SERVICE_NAME and EVENT_BUS_TOPIC_PREFIX.',
  );
}

/** Repeated signals change nothing: a terminal and the `nest` command may both pass the same one on. */
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve());
  });
}
