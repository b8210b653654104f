import { InvalidEventError } from '../core/errors.js';
import type { EventDefinition } from '../core/event.js';
import { type BodyCodec, bodyCodec } from './body.js';
import { compileSchema } from './compile.js';
import { findKeyField, type KeyField } from './key-field.js';

/** What a codec needs of one definition. */
export interface CompiledDefinition {
  readonly definition: EventDefinition;
  readonly body: BodyCodec;
  /** The field at a key path; throws `InvalidEventError` when the path cannot be a key. */
  keyField(path: string): KeyField;
}

/** A set of definitions, each compiled when it is first asked for. */
export interface CompiledDefinitions {
  /** From then on it is one of the set. Throws `InvalidEventError` when the set has another one of its type, or its schema cannot be used. */
  of(definition: EventDefinition): CompiledDefinition;
  /** The definition of an event type, or `undefined`. Throws `InvalidEventError` when its schema cannot be used. */
  named(type: string): CompiledDefinition | undefined;
}

/** The set; throws `InvalidEventError` when two definitions of one event type differ. */
export function compiledDefinitions(definitions: Iterable<EventDefinition>): CompiledDefinitions {
  const known = new Map<string, EventDefinition>();
  const compiled = new Map<string, CompiledDefinition>();
  for (const definition of definitions) {
    const before = known.get(definition.type) ?? definition;
    if (before.schema !== definition.schema)
      throw new InvalidEventError(`${definition.type} is defined twice, with different schemas.`);
    known.set(definition.type, before);
  }

  function named(type: string): CompiledDefinition | undefined {
    const ready = compiled.get(type);
    if (ready !== undefined) return ready;
    const definition = known.get(type);
    if (definition === undefined) return undefined;
    const made = compile(definition);
    compiled.set(type, made);
    return made;
  }

  function of(definition: EventDefinition): CompiledDefinition {
    const found = named(definition.type) ?? learn(definition);
    if (found.definition.schema !== definition.schema) {
      throw new InvalidEventError(`${definition.type}: the bus has another schema for this event.`);
    }
    return found;
  }

  function learn(definition: EventDefinition): CompiledDefinition {
    const made = compile(definition);
    known.set(definition.type, definition);
    compiled.set(definition.type, made);
    return made;
  }

  return { of, named };
}

function compile(definition: EventDefinition): CompiledDefinition {
  const type = compileSchema(definition.schema);
  const keyFields = new Map<string, KeyField>();
  function keyField(path: string): KeyField {
    const field = keyFields.get(path) ?? findKeyField(definition.type, type, path);
    keyFields.set(path, field);
    return field;
  }
  return { definition, body: bodyCodec(definition.type, type), keyField };
}
