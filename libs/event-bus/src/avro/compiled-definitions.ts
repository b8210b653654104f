import { InvalidEventError } from '../core/errors.js';
import type { EventDefinition } from '../core/event/event.js';
import { type BodyCodec, bodyCodec } from './body.js';
import { compileSchema } from './compile.js';
import { findKeyField, type KeyField } from './key-field.js';

/** The parts of a definition that a codec uses. */
export interface CompiledDefinition {
  readonly definition: EventDefinition;
  readonly body: BodyCodec;
  /** Returns the field at a key path. Throws `InvalidEventError` if the field cannot be a key. */
  keyField(path: string): KeyField;
}

/** A set of definitions. Each is compiled at its first use. */
export interface CompiledDefinitions {
  /**
   * Adds the definition to the set. Throws `InvalidEventError` if the set has another definition of this type, or if
   * the schema cannot be used.
   */
  of(definition: EventDefinition): CompiledDefinition;
  /**
   * Returns the definition of an event type, or `undefined`. Throws `InvalidEventError` if its schema cannot be used.
   */
  named(type: string): CompiledDefinition | undefined;
}

/** Creates the set. Throws `InvalidEventError` if two definitions of one event type differ. */
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
