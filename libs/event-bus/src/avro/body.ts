import type avsc from 'avsc';
import { InvalidEventError, UnusableRecordError } from '../core/errors.js';
import { asBuffer } from '../core/utf8.js';
import { checkFor, type Problem } from './check.js';

/** Data to bare Avro bytes and back, without any framing. */
export interface BodyCodec {
  /** The bytes that the Python producer writes. Throws `InvalidEventError` naming the field and the reason, never the value. */
  encode(data: unknown): Buffer;
  /** Plain data; bytes after it are ignored. Throws `UnusableRecordError` when it cannot be read. */
  decode(body: Uint8Array): unknown;
}

/** The codec of one event type; `type` is what `compileSchema` made of its schema, `eventType` its name for messages. */
export function bodyCodec(eventType: string, type: avsc.Type): BodyCodec {
  const check = checkFor(type);
  let scratch = Buffer.allocUnsafeSlow(1024);

  /** As avsc's toBuffer does it, which takes its memory from the system each time; ours comes from Node's pool. */
  function write(data: unknown): Buffer {
    // Below zero: that many bytes were missing.
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
      // No cause: avsc's messages quote the value.
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

/** More than that is not kept for the next event, in bytes. */
const LARGEST_SCRATCH = 64 * 1024;

function copyOf(bytes: Buffer, length: number): Buffer {
  const copy = Buffer.allocUnsafe(length);
  bytes.copy(copy, 0, 0, length);
  return copy;
}

/**
 * The data in the bytes, read by `type` or, with a resolver, from the form of another schema; bytes after it are ignored.
 *
 * Takes time and memory in proportion to the bytes, whatever lengths they pretend. Throws `UnusableRecordError` when they cannot be read.
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
