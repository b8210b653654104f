import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom, type Observable } from 'rxjs';
import { asError } from '../../core/backoff.js';
import type { Handler } from '../../core/consume/delivery.js';
import { EventBusContext } from './context.js';
import { howToKnow } from '../../core/event/how-to-know.js';
import type { HandlerErrors } from './handler-errors.js';
import type { OnEventExtras } from './on-event.js';
import type { EventBusSettings } from '../settings/event-bus-settings.js';

/** The `@OnEvent` methods that Nest has registered for one consumer, by event type, each separately. */
export class RegisteredHandlers {
  readonly #settings: EventBusSettings;
  readonly #errors: HandlerErrors;
  readonly #byType = new Map<string, Handler[]>();

  constructor(settings: EventBusSettings, errors: HandlerErrors) {
    this.#settings = settings;
    this.#errors = errors;
  }

  /** `callback` runs a method with its guards, interceptors, pipes and filters. */
  add(type: string, callback: MessageHandler, extras: OnEventExtras): void {
    this.#byType.set(type, [...this.of(type), this.#handler(callback, extras)]);
  }

  of(type: string): readonly Handler[] {
    return this.#byType.get(type) ?? [];
  }

  /** Returns the problems of the handlers, given the known types and the requested ones. */
  problems(known: ReadonlyMap<string, unknown>, asked: readonly string[]): readonly string[] {
    const types = [...this.#byType.keys()];
    const none = types.length === 0 ? ['No controller of this application has an @OnEvent method.'] : [];
    const unknown = types
      .filter((type) => !known.has(type))
      .map((type) => {
        const names = this.of(type).map(({ name }) => name);
        return `${names.join(', ')}: @OnEvent('${type}') is not a known event type; ${howToKnow('@OnEvent')}.`;
      });
    const unhandled = asked
      .filter((type) => !this.#byType.has(type))
      .map(
        (type) =>
          `--event-type ${type}: this application has no handler for it; handled types: ${types.join(', ') || 'none'}.`,
      );
    return [...none, ...unknown, ...unhandled];
  }

  #handler(callback: MessageHandler, { handler: name, options }: OnEventExtras): Handler {
    const { retryAttempts, retryDelay, retryMaxDelay } = this.#settings;
    const { attempts, delayMs, maxDelayMs, retryIf, onFailure } = options;
    return {
      name,
      policy: {
        attempts: attempts ?? retryAttempts,
        delayMs: delayMs ?? retryDelay * 1000,
        maxDelayMs: maxDelayMs ?? retryMaxDelay * 1000,
        retryIf,
        then: onFailure ?? this.#settings.onFailure,
      },
      handle: (event, attempt) => {
        const context = new EventBusContext(event, attempt);
        const failed = (thrown: unknown) => Promise.reject(asError(this.#errors.of(context, thrown)));
        return callback(event.data, context).then(
          (result: unknown) => (isObservable(result) ? completed(result).catch(failed) : undefined),
          failed,
        );
      },
    };
  }
}

async function completed(result: Observable<unknown>): Promise<void> {
  await lastValueFrom(result, { defaultValue: undefined });
}
