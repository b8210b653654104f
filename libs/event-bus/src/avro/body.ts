import type avsc from 'avsc';
import { InvalidEventError, UnusableRecordError } from '../core/errors.js';
import { asBuffer } from '../core/utf8.js';
import { checkFor, type Problem } from './check.js';

/** Converts data to Avro bytes without a header, and back. */
export interface BodyCodec {
  /**
   * Returns the same bytes as the Python producer. Throws `InvalidEventError` with the field and the reason, never the
   * value.
   */
  encode(data: unknown): Buffer;
  /** Returns plain data. Ignores bytes after it. Throws `UnusableRecordError` if the bytes cannot be read. */
  decode(body: Uint8Array): unknown;
}

/** The codec of one event type. `type` is the result of `compileSchema`, `eventType` the name for messages. */
export function bodyCodec(eventType: string, type: avsc.Type): BodyCodec {
  const check = checkFor(type);
  let scratch = Buffer.allocUnsafeSlow(1024);

  /**
   * Like avsc's `toBuffer`, but the memory comes from Node's buffer pool. avsc allocates memory from the system each
   * time.
   */
  function write(data: unknown): Buffer {
    // A negative length means that the buffer was too small by that many bytes.
    let length = type.encode(data, scratch, 0);
    if (length < 0) {
      const needed = scratch.length - length;
      const target = needed <= LARGEST_SCRATCH ? (scratch = Buffer.allocUnsafeSlow(needed * 2)) : Buffer.alloc(needed);
      length = type.encode(data, target, 0);
      return target === scratch ? copyOf(scratch, length) : target;
    }
    return copyOf(scratch, length);
  }

  function encode(data: unknown): Buffer {
    let found: Problem | undefined;
    try {
      found = check(data);
      if (found === undefined) return write(data);
    } catch {
      // The error has no cause, because avsc's messages quote the value.
      throw new InvalidEventError(
        `${eventType}: the data cannot be written by its schema: it contains itself or is nested too deeply.`,
      );
    }
    throw new InvalidEventError(
      `${eventType}: ${found.path.length === 0 ? '' : `${pathText(found.path)}: `}${found.reason}.`,
    );
  }

  return { encode, decode: (body) => readBody(eventType, type, body) };
}

/** A larger buffer is not kept for the next event, in bytes. */
const LARGEST_SCRATCH = 64 * 1024;

function copyOf(bytes: Buffer, length: number): Buffer {
  const copy = Buffer.allocUnsafe(length);
  bytes.copy(copy, 0, 0, length);
  return copy;
}

/**
 * Decodes data with `type`, or with a resolver from another schema. Ignores bytes after the data.
 *
 * Takes time and memory in proportion to the body, whatever lengths the body claims. Throws `UnusableRecordError` if it
 * cannot be read.
 */
export function readBody(
  eventType: string,
  type: avsc.Type,
  body: Uint8Array,
  resolver?: ReturnType<avsc.Type['createResolver']>,
): unknown {
  let read: { readonly value: unknown; readonly offset: number };
  try {
    read = type.decode(asBuffer(body), 0, resolver);
  } catch (cause) {
    const reason =
      cause instanceof RangeError ? 'it is nested too deeply' : cause instanceof Error ? cause.message : String(cause);
    throw new UnusableRecordError(`${eventType}: the body cannot be read by the schema: ${reason}.`, { cause });
  }
  if (read.offset < 0) throw new UnusableRecordError(`${eventType}: the body ends before its data does.`);
  return read.value;
}

function pathText(path: readonly string[]): string {
  return path.reduce((text, part) => (part.startsWith('[') || text === '' ? text + part : `${text}.${part}`), '');
}
