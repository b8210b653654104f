import { type INestMicroservice, Logger, type NestApplicationOptions, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AsyncMicroserviceOptions } from '@nestjs/microservices';
import { asError } from '../../core/backoff.js';
import { AbandonedError } from '../../core/errors.js';
import { type ConsumerArguments, readConsumerArguments } from './consumer-arguments.js';
import { consumerStrategy } from './consumer-strategy.js';
import { addOwnEnhancers } from '../handlers/enhancers.js';
import { EXIT, exitCodeOf } from '../runtime/exit-code.js';
import type { NestMicroserviceInternals } from '../nest-internals.js';
import type { EventBusRuntime } from '../runtime/runtime.js';
import { stopSignals } from './stop-signals.js';
import type { EventBusStrategy } from './strategy.js';
import { EVENT_BUS_RUNTIME } from '../tokens.js';

/** The options of {@link runConsumer}. */
export interface RunConsumerOptions extends Pick<NestApplicationOptions, 'logger' | 'bufferLogs'> {
  /** The arguments after the program's name. By default those of this process. */
  readonly argv?: readonly string[];
  /**
   * Called with the microservice before it starts, for `app.useGlobalFilters(…)`, `app.useLogger(…)` and similar calls.
   * With `bufferLogs`, earlier lines go to that logger as well.
   */
  readonly configure?: (app: INestMicroservice) => void | Promise<void>;
}

/**
 * The whole main of a consumer process: reads the command line, consumes until SIGTERM or SIGINT, and ends the process
 * with its exit code.
 *
 * `module` imports `EventBusModule` and lists the controllers with the handlers. Its global enhancers (`APP_FILTER` …)
 * apply to them. A stop takes at most `EVENT_BUS_CONSUMER_STOP_TIMEOUT`. A second signal ends the process at once.
 */
export async function runConsumer(module: Type, options: RunConsumerOptions | readonly string[] = {}): Promise<never> {
  const { argv = process.argv.slice(2), ...rest }: RunConsumerOptions = isList(options) ? { argv: options } : options;
  try {
    await consume(module, readConsumerArguments(argv), rest);
    return exit(0);
  } catch (thrown) {
    return thrown instanceof NotCreated
      ? exit(exitCodeOf(thrown.cause), thrown)
      : exit(exitCodeOf(thrown), asError(thrown));
  }
}

/** Nest has logged the cause. */
class NotCreated extends Error {
  constructor(cause: unknown) {
    super('The consumer was not created, for the reason above.', { cause });
  }
}

function isList(value: object): value is readonly string[] {
  return Array.isArray(value);
}

/** This is the application's main: a handler that outlived the stop budget must not keep the process. */
function exit(code: number, error?: Error): never {
  if (error !== undefined && code !== 0) {
    const stack = code === EXIT.unexpected && !(error instanceof NotCreated) ? `\n${error.stack ?? ''}` : '';
    new Logger('EventBus').fatal(`${error.message}${stack} (exit code ${code})`);
    // Lines of `bufferLogs` that no logger has yet.
    Logger.flush();
  }
  // eslint-disable-next-line no-restricted-properties
  process.exit(code);
}

async function consume(
  module: Type,
  given: ConsumerArguments,
  { configure, ...nestOptions }: Omit<RunConsumerOptions, 'argv'>,
): Promise<void> {
  // First, because a signal during the creation of the application must not end it half-made.
  const signals = stopSignals((signal) =>
    exit(
      EXIT.abandoned,
      new AbandonedError(`Got ${signal} again: ending at once. Unsettled events will be handled again.`),
    ),
  );
  let made: { readonly strategy: EventBusStrategy; readonly runtime: EventBusRuntime } | undefined;
  const app = await NestFactory.createMicroservice<AsyncMicroserviceOptions>(module, {
    ...nestOptions,
    abortOnError: false,
    inject: [EVENT_BUS_RUNTIME],
    useFactory: (runtime: EventBusRuntime) => {
      made = { strategy: consumerStrategy(runtime, given), runtime };
      return { strategy: made.strategy };
    },
  }).catch((cause: unknown) => {
    throw new NotCreated(cause);
  });
  if (made === undefined) throw new Error('Nest did not make the strategy.');
  const { strategy, runtime } = made;
  const { applicationConfig, microservicesModule } = app as unknown as NestMicroserviceInternals;
  addOwnEnhancers(applicationConfig);
  strategy.watch(microservicesModule.listenersController);
  const running = run(app, strategy, configure);
  const stopping = signals.first.then(async () => {
    void strategy.close();
    if (await runtime.stop.allows(running.catch(() => undefined))) return;
    throw new AbandonedError(
      'The consumer did not stop within EVENT_BUS_CONSUMER_STOP_TIMEOUT; unsettled events will be handled again.',
    );
  });
  const [ended] = await Promise.allSettled([Promise.race([running, stopping.then(() => running)])]);
  const [closed] = await Promise.allSettled([runtime.stop.allows(app.close())]);
  for (const end of [ended, closed]) if (end.status === 'rejected') throw asError(end.reason);
  if (closed.status === 'fulfilled' && !closed.value)
    throw new AbandonedError('The application did not close within EVENT_BUS_CONSUMER_STOP_TIMEOUT.');
}

async function run(
  app: INestMicroservice,
  strategy: EventBusStrategy,
  configure: RunConsumerOptions['configure'],
): Promise<void> {
  await configure?.(app);
  await app.listen();
  await strategy.ended;
}
