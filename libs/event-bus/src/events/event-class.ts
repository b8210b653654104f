import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, type ValidationError, ValidationTypes, validateSync } from 'class-validator';
import { InvalidEventError } from '../core/errors.js';
import { defineEvent, type EventDefinition } from '../core/event.js';
import { classSchema } from './class-schema.js';

type DataClass<Data extends object> = new () => Data;

interface EventClassOptions {
  readonly minorversion?: number;
  /** Dotted path to the field that keeps events in order. */
  readonly keyField?: string;
}

const EVENT = Symbol('event-bus:event');

/** The class is the data of this event type; its fields are the properties with `@Field()`. */
export function EventData(type: string, options: EventClassOptions = {}): ClassDecorator {
  return (target) => Reflect.defineMetadata(EVENT, { type, options }, target);
}

/**
 * The definition of an event whose data is a class with `@EventData()`.
 *
 * Data is plain objects or instances alike; the class's class-validator constraints are checked besides the schema.
 * Throws `InvalidEventError` when the class is no event.
 */
export function eventOf<Data extends object>(dataClass: DataClass<Data>): EventDefinition<Data> {
  const event = Reflect.getOwnMetadata(EVENT, dataClass) as
    { readonly type: string; readonly options: EventClassOptions } | undefined;
  if (event === undefined)
    throw new InvalidEventError(`${dataClass.name} is no event; decorate it with @EventData('its type').`);
  const definition = defineEvent<Data>(JSON.stringify(classSchema(dataClass, event.type)), event.options);
  return hasConstraints(dataClass) ? { ...definition, validate: (data) => problems(dataClass, data) } : definition;
}

/** Whether there is something to check, beyond that a property is allowed. */
export function hasConstraints(dataClass: DataClass<object>): boolean {
  const known = getMetadataStorage().getTargetValidationMetadatas(dataClass, '', true, false);
  return known.some(({ type }) => type !== ValidationTypes.WHITELIST);
}

function problems(dataClass: DataClass<object>, data: unknown): readonly string[] {
  // What is no object at all, the schema refuses.
  if (typeof data !== 'object' || data === null) return [];
  const instance = data instanceof dataClass ? data : plainToInstance(dataClass, data);
  return validateSync(instance, { forbidUnknownValues: false }).flatMap((error) => validationReasons(error));
}

/** Field path and constraint of each problem that class-validator found; its own messages may quote values. */
export function validationReasons({ property, constraints, children }: ValidationError, path = ''): readonly string[] {
  const own = Object.keys(constraints ?? {}).map((name) => `${path}${property}: ${name}`);
  return [...own, ...(children ?? []).flatMap((child) => validationReasons(child, `${path}${property}.`))];
}
