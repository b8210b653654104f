import { inspect } from 'node:util';
import { EventPattern } from '@nestjs/microservices';
import type { FinalAction } from '../../core/delivery.js';
import { SettingsError } from '../../core/errors.js';
import type { DataOf, EventDefinition } from '../../core/event.js';
import { type DataClass, definitionOf } from '../../events/event-class.js';
import type { EventBusContext } from './context.js';
import { EVENT_BUS_TRANSPORT } from '../tokens.js';

/** How a handler's failures are treated; what is left out comes from the settings. */
export interface OnEventOptions {
  /** Calls in all, the first included. */
  readonly attempts?: number;
  /** The first delay before another call, in ms; it doubles up to `maxDelayMs`, half of it random. */
  readonly delayMs?: number;
  readonly maxDelayMs?: number;
  /** Whether another call may help after what the handler failed with, always an `Error`; if not, it failed for good. By default always. */
  readonly retryIf?: (error: Error) => boolean;
  /** What happens when all attempts failed: `dead-letter`, `skip`, or `halt` (the process ends, the event stays). */
  readonly onFailure?: FinalAction;
}

/** What the decorator leaves on a method, for the strategy. */
export interface OnEventExtras {
  /** `Class.method`. */
  readonly handler: string;
  readonly types: readonly string[];
  /** Of the events that were not given by their names alone: the bus knows them by that. */
  readonly definitions: readonly EventDefinition[];
  readonly options: OnEventOptions;
}

/**
 * A method that can handle an event with this data.
 *
 * Its first parameter takes the data, one of the data's properties (`@Payload('user')`), or the context (`@Ctx()`); in the last case the
 * second is held to this. Further parameters are anyone's: the compiler does not see what their decorators bring.
 */
export type EventHandler<Data> =
  | TakesFirst<Data>
  | { [Property in keyof Data]-?: TakesFirst<Data[Property]> }[keyof Data]
  | ((context: EventBusContext, data: Data, ...rest: never[]) => unknown)
  | {
      [Property in keyof Data]-?: (context: EventBusContext, property: Data[Property], ...rest: never[]) => unknown;
    }[keyof Data];

type TakesFirst<Value> = (value: Value, ...rest: never[]) => unknown;

/** A decorator for the methods that can handle these events; for any method when an event is given by its name alone. */
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

// Of the whole process: the command and an application may have two copies of this package.
const ON_EVENT = Symbol.for('nest-event-bus:on-event');

/**
 * The method handles these events. It stands on a controller's method; on another provider the application does not start.
 *
 * An event is given by its definition, by the class of its data (`@EventData()`), or by the name of its type; a name alone has to be known to the
 * bus from elsewhere: `forRoot({ events })`, `forFeature()` or `EVENT_BUS_EVENTS`.
 *
 * A method that cannot take the data of a definition does not compile. Where the compiler cannot see what the method gets (a pipe or a
 * class makes something else of the data) or for what it is (in `applyDecorators`), give the event by its name: `@OnEvent(EVENT.type)`.
 *
 * Handlers of one event are independent: all run, and only those that failed run again. Resolving means handled.
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
      throw new SettingsError(`${handler}: of two @OnEvent only one counts; give all events to one, as an array.`);
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

/** What `@OnEvent` left on a method, if it did. */
export function onEventOf(method: unknown): OnEventExtras | undefined {
  return typeof method === 'function'
    ? (Reflect.getMetadata(ON_EVENT, method) as OnEventExtras | undefined)
    : undefined;
}
