import { inspect } from 'node:util';
import { EventPattern } from '@nestjs/microservices';
import type { FinalAction } from '../../core/consume/delivery.js';
import { SettingsError } from '../../core/errors.js';
import type { DataOf, EventDefinition } from '../../core/event/event.js';
import { type DataClass, definitionOf } from '../../event-classes/event-class.js';
import type { EventBusContext } from './context.js';
import { EVENT_BUS_TRANSPORT } from '../tokens.js';

/** The retry policy of a handler. Settings give the default of each option. */
export interface OnEventOptions {
  /** The maximum number of calls, the first included. */
  readonly attempts?: number;
  /** The first delay, in ms. It doubles up to `maxDelayMs`; half of it is random. */
  readonly delayMs?: number;
  readonly maxDelayMs?: number;
  /**
   * Whether a retry may help after this error, which is always an `Error`. If not, the handler has failed for good. By
   * default always.
   */
  readonly retryIf?: (error: Error) => boolean;
  /** What to do after the last attempt: `dead-letter`, `skip`, or `halt` (the process ends, the event stays). */
  readonly onFailure?: FinalAction;
}

/** The data that the decorator stores on a method, for the strategy. */
export interface OnEventExtras {
  /** `Class.method`. */
  readonly handler: string;
  readonly types: readonly string[];
  /** The definitions of events that were not given by name alone. The bus learns them from here. */
  readonly definitions: readonly EventDefinition[];
  readonly options: OnEventOptions;
}

/**
 * A method that can handle an event with this data.
 *
 * Its first parameter takes the data, one of the data's properties (`@Payload('user')`), or the context (`@Ctx()`). In
 * the last case the second parameter is checked in the same way. Further parameters are unchecked: the compiler does
 * not know what their decorators inject.
 */
export type EventHandler<Data> =
  | TakesFirst<Data>
  | { [Property in keyof Data]-?: TakesFirst<Data[Property]> }[keyof Data]
  | ((context: EventBusContext, data: Data, ...rest: never[]) => unknown)
  | {
      [Property in keyof Data]-?: (context: EventBusContext, property: Data[Property], ...rest: never[]) => unknown;
    }[keyof Data];

type TakesFirst<Value> = (value: Value, ...rest: never[]) => unknown;

/** A decorator for methods that can handle these events. If an event is given by name alone, it accepts any method. */
export type OnEventDecorator<Events extends EventType | readonly EventType[]> =
  unknown extends DataOfAll<Events>
    ? MethodDecorator
    : <Method extends EventHandler<DataOfAll<Events>>>(
        target: object,
        key: string | symbol,
        descriptor: TypedPropertyDescriptor<Method>,
      ) => void;

type DataOfAll<Events extends EventType | readonly EventType[]> = Events extends readonly (infer One)[]
  ? DataOfOne<One>
  : DataOfOne<Events>;

type DataOfOne<One> = One extends EventDefinition ? DataOf<One> : One extends DataClass<infer Data> ? Data : unknown;

type EventType = string | EventDefinition | DataClass;

// A symbol of the whole process, because the command and an application may have two copies of this package.
const ON_EVENT = Symbol.for('nest-event-bus:on-event');

/**
 * Declares that the method handles these events. Use it on a controller's method. With `@OnEvent` on another provider
 * the application does not start.
 *
 * - An event is its definition, the class of its data (`@EventData()`), or the name of its type. The bus must know a
 *   name from elsewhere: `forRoot({ events })`, `forFeature()` or `EVENT_BUS_EVENTS`.
 * - A method that cannot take the data of a definition does not compile. If the compiler cannot know what the method
 *   gets (a pipe or a class converts the data) or where it is used (`applyDecorators`), give the event by name:
 *   `@OnEvent(EVENT.type)`.
 * - Handlers of one event are independent: all run, and only failed ones run again. A handler that resolves has handled
 *   the event.
 */
export function OnEvent<const Events extends EventType | readonly EventType[]>(
  events: Events,
  options: OnEventOptions = {},
): OnEventDecorator<Events> {
  const given = [events].flat().map((event) => (typeof event === 'string' ? event : definitionOf(event)));
  const types = given.map((event) => (typeof event === 'string' ? event : event.type));
  const definitions = given.filter((event) => typeof event !== 'string');
  const decorator: MethodDecorator = (target, key, descriptor) => {
    const handler = `${target.constructor.name}.${String(key)}`;
    checkOptions(handler, types, options);
    if (onEventOf(descriptor.value) !== undefined) {
      throw new SettingsError(
        `${handler} has two @OnEvent decorators, and Nest uses only one; pass all events to one @OnEvent, as an array.`,
      );
    }
    const extras: OnEventExtras = { handler, types, definitions, options };
    Reflect.defineMetadata(ON_EVENT, extras, descriptor.value as object);
    // Without the type argument TypeScript takes an overload for data of another shape.
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-arguments
    EventPattern<string>(types as unknown as string, EVENT_BUS_TRANSPORT, extras)(target, key, descriptor);
  };
  return decorator;
}

function checkOptions(handler: string, types: readonly string[], options: OnEventOptions): void {
  const { attempts, delayMs, maxDelayMs, retryIf, onFailure } = options;
  const problems: string[] = [];
  const check = (name: string, value: unknown, isAllowed: boolean, allowed: string) => {
    if (value !== undefined && !isAllowed) problems.push(`${name}: got ${inspect(value)}; allowed: ${allowed}`);
  };
  if (types.length === 0 || types.includes('')) problems.push('no event type was given');
  check('attempts', attempts, Number.isInteger(attempts) && Number(attempts) >= 1, 'a whole number from 1');
  check('delayMs', delayMs, Number(delayMs) >= 0, 'a number of ms from 0');
  check('maxDelayMs', maxDelayMs, Number(maxDelayMs) >= 0, 'a number of ms from 0');
  check('retryIf', retryIf, typeof retryIf === 'function', 'a function from an error to true or false');
  check('onFailure', onFailure, FINAL_ACTIONS.has(onFailure), 'dead-letter, skip or halt');
  if (problems.length > 0) throw new SettingsError(`@OnEvent on ${handler}: ${problems.join('; ')}.`);
}

const FINAL_ACTIONS: ReadonlySet<unknown> = new Set<FinalAction>(['dead-letter', 'skip', 'halt']);

/** Returns the data that `@OnEvent` stored on a method, if any. */
export function onEventOf(method: unknown): OnEventExtras | undefined {
  return typeof method === 'function'
    ? (Reflect.getMetadata(ON_EVENT, method) as OnEventExtras | undefined)
    : undefined;
}
