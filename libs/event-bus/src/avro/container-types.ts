import avsc from 'avsc';
import { compareCodePoints } from './code-points.js';
import { readString } from './string-type.js';
import type { ReadWrite, Skip, Tap } from './tap.js';

/**
 * An array whose length prefix is checked against the length of the body. avsc's own would count up to 2^63 on forged
 * bytes.
 */
export class ArrayType extends avsc.types.ArrayType {
  constructor(schema: avsc.Schema, options: unknown) {
    super(schema, options);
    // The check of the length requires that every item takes at least one byte.
    if (isEmpty(this.itemsType)) throw new Error('an array has items that take no bytes');
  }

  // avsc also calls this on resolvers, which have an `itemsType` of their own.
  _read(tap: Tap): unknown[] {
    const items = this.itemsType as avsc.Type & ReadWrite;
    const array: unknown[] = [];
    for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
      while (count-- > 0) array.push(items._read(tap));
    }
    return array;
  }

  _skip(tap: Tap): void {
    const items = this.itemsType as avsc.Type & Skip;
    for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
      while (count-- > 0) items._skip(tap);
    }
  }
}

/** A map that allows any key, including `__proto__`. It writes its keys in code point order, as Python sorts them. */
export class MapType extends avsc.types.MapType {
  _read(tap: Tap): Record<string, unknown> {
    const values = this.valuesType as ReadWrite;
    const map: Record<string, unknown> = {};
    for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
      while (count-- > 0) put(map, readString(tap), values._read(tap));
    }
    return map;
  }

  _skip(tap: Tap): void {
    const values = this.valuesType as Skip;
    for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
      while (count-- > 0) {
        tap.skipString();
        values._skip(tap);
      }
    }
  }

  _write(tap: Tap, map: Record<string, unknown>): void {
    const values = this.valuesType as ReadWrite;
    const keys = Object.keys(map).sort(compareCodePoints);
    if (keys.length > 0) tap.writeLong(keys.length);
    for (const key of keys) {
      tap.writeString(key);
      values._write(tap, map[key]);
    }
    tap.writeLong(0);
  }
}

/**
 * The number of items in the next block; 0 at the end. Throws if the rest of the body is too short for one byte per
 * item.
 */
function blockCount(tap: Tap): number {
  const count = tap.readLong();
  // After a negative count comes the size of the block in bytes.
  if (count < 0) tap.readLong();
  const items = Math.abs(count);
  if (!(items <= tap.buf.length - tap.pos)) throw new Error('an array or map is longer than what is left of the body');
  return items;
}

function put(map: Record<string, unknown>, key: string, value: unknown): void {
  // An assignment to `__proto__` would change the prototype and store nothing.
  if (key === '__proto__')
    Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
  else map[key] = value;
}

function isEmpty(type: avsc.Type): boolean {
  if (type instanceof avsc.types.NullType) return true;
  if (type instanceof avsc.types.FixedType) return type.size === 0;
  if (!(type instanceof avsc.types.RecordType)) return false;
  // A record that is under construction has no fields yet. It contains this array, which takes at least one byte.
  const fields = type.fields as readonly avsc.types.Field[] | undefined;
  return fields?.every((field) => isEmpty(field.type)) ?? false;
}
