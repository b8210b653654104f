import 'reflect-metadata';
import { inspect } from 'node:util';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, type ValidationError, ValidationTypes, validateSync } from 'class-validator';
import { InvalidEventError } from '../core/errors.js';
import { defineEvent, isDefinition } from '../core/event/define-event.js';
import type { EventDefinition } from '../core/event/event.js';
import { classSchema } from './class-schema.js';

/** A class with `@EventData()`. */
export type DataClass<Data extends object = object> = new () => Data;

/** An event, given by its definition or by the class of its data. */
export type EventSource<Data = unknown> = EventDefinition<Data> | DataClass<Data & object>;

interface EventClassOptions {
  readonly minorversion?: number;
  /** The dotted path to the field whose values keep their order. */
  readonly keyField?: string;
}

// A symbol of the whole process, because the command and an application may have two copies of this package.
const EVENT = Symbol.for('nest-event-bus:event');

const definitions = new WeakMap<DataClass, EventDefinition>();

/** Declares that the class is the data of this event type. Its fields are the properties with `@Field()`. */
export function EventData(type: string, options: EventClassOptions = {}): ClassDecorator {
  return (target) => Reflect.defineMetadata(EVENT, { type, options }, target);
}

/** Returns the definition of an event. Throws `InvalidEventError` if the class is not an event. */
export function definitionOf<Data>(source: EventSource<Data>): EventDefinition<Data> {
  if (typeof source === 'function') return eventOf(source);
  if (isDefinition(source)) return source;
  throw new InvalidEventError(`Expected an event, a class with @EventData() or a definition, got ${inspect(source)}.`);
}

/**
 * Returns the definition of an event whose data is a class with `@EventData()`; always the same object.
 *
 * Data may be plain objects or instances. The class-validator constraints of the class are checked besides the schema.
 * Throws `InvalidEventError` if the class is not an event.
 */
export function eventOf<Data extends object>(dataClass: DataClass<Data>): EventDefinition<Data> {
  const known = definitions.get(dataClass) as EventDefinition<Data> | undefined;
  if (known !== undefined) return known;
  const event = Reflect.getOwnMetadata(EVENT, dataClass) as
    { readonly type: string; readonly options: EventClassOptions } | undefined;
  if (event === undefined)
    throw new InvalidEventError(`${dataClass.name} is not an event; decorate it with @EventData('its type').`);
  const definition = defineEvent<Data>(JSON.stringify(classSchema(dataClass, event.type)), event.options);
  const made = hasConstraints(dataClass)
    ? { ...definition, validate: (data: unknown) => problems(dataClass, data) }
    : definition;
  definitions.set(dataClass, made);
  return made;
}

/** Whether it is a class with `@EventData()`. */
export function isEventClass(value: unknown): value is DataClass {
  return typeof value === 'function' && Reflect.hasOwnMetadata(EVENT, value);
}

/** Whether the class has constraints besides `Allow()`. */
export function hasConstraints(dataClass: DataClass): boolean {
  const known = getMetadataStorage().getTargetValidationMetadatas(dataClass, '', true, false);
  return known.some(({ type }) => type !== ValidationTypes.WHITELIST);
}

function problems(dataClass: DataClass, data: unknown): readonly string[] {
  // The schema rejects everything but objects.
  if (typeof data !== 'object' || data === null) return [];
  const instance = data instanceof dataClass ? data : plainToInstance(dataClass, data);
  return validateSync(instance, { forbidUnknownValues: false }).flatMap((error) => validationReasons(error));
}

/**
 * Returns the field path and the constraint of each problem. The messages of class-validator itself may quote values.
 */
export function validationReasons({ property, constraints, children }: ValidationError, path = ''): readonly string[] {
  const own = Object.keys(constraints ?? {}).map((name) => `${path}${property}: ${name}`);
  return [...own, ...(children ?? []).flatMap((child) => validationReasons(child, `${path}${property}.`))];
}
