import type { OutgoingRecord } from '../../core/backend.js';
import { utf8Bytes } from '../../core/utf8.js';
import { fieldsOf } from '../records/entry.js';

/** A command encoded in RESP, the Redis protocol. */
export interface PipelinedCommand {
  readonly name: string;
  /** The key by which a cluster finds the node. */
  readonly key?: string;
  readonly bytes: Buffer;
}

/** Encoded commands, one after another in `bytes`. */
export interface Pipeline {
  readonly bytes: Buffer;
  readonly commands: readonly PipelinedCommand[];
}

/** The parts of a command, including its name. */
export interface Parts {
  readonly name: string;
  readonly key?: string;
  readonly parts: readonly Uint8Array[];
}

/**
 * XADD of a record to the stream `key`. With `maxLength`, the stream drops its oldest entries beyond about that number.
 */
export function add(key: string, record: OutgoingRecord, maxLength: number | undefined): Parts {
  const parts: Uint8Array[] = [ADD, utf8Bytes(key)];
  if (maxLength !== undefined) parts.push(MAXLEN, ABOUT, Buffer.from(String(maxLength)));
  parts.push(NEW_ID);
  for (const part of fieldsOf(record)) parts.push(typeof part === 'string' ? utf8Bytes(part) : part);
  return { name: 'xadd', key, parts };
}

/** A command without keys. */
export function keyless(name: string, ...parameters: readonly number[]): Parts {
  return { name: name.toLowerCase(), parts: [name, ...parameters].map((each) => Buffer.from(String(each))) };
}

const [ADD, MAXLEN, ABOUT, NEW_ID] = [Buffer.from('XADD'), Buffer.from('MAXLEN'), Buffer.from('~'), Buffer.from('*')];

/** Encodes all commands into one buffer, so that the socket copies nothing again. */
export function write(commands: readonly Parts[]): Pipeline {
  let size = 0;
  for (const { parts } of commands) size += sizeOf(parts);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  const written = commands.map(({ name, key, parts }) => {
    const from = at;
    at = writeParts(parts, bytes, from);
    return { name, ...(key === undefined ? {} : { key }), bytes: bytes.subarray(from, at) };
  });
  return { bytes, commands: written };
}

function sizeOf(parts: readonly Uint8Array[]): number {
  let size = headOf('*', parts.length).length;
  for (const part of parts) size += headOf('$', part.byteLength).length + part.byteLength + 2;
  return size;
}

/** Returns the offset after the last byte. */
function writeParts(parts: readonly Uint8Array[], bytes: Buffer, from: number): number {
  const head = headOf('*', parts.length);
  bytes.set(head, from);
  let at = from + head.length;
  for (const part of parts) {
    const length = headOf('$', part.byteLength);
    bytes.set(length, at);
    at += length.length;
    bytes.set(part, at);
    at += part.byteLength;
    bytes[at++] = CR;
    bytes[at++] = LF;
  }
  return at;
}

const CR = 0x0d;
const LF = 0x0a;

/** The RESP header before `count` bytes (`$`) or before `count` parts (`*`). */
function headOf(kind: '*' | '$', count: number): Buffer {
  const heads = HEADS[kind];
  return heads[count] ?? (count < heads.length ? (heads[count] = makeHead(kind, count)) : makeHead(kind, count));
}

function makeHead(kind: string, count: number): Buffer {
  return Buffer.from(`${kind}${count}\r\n`);
}

/** Cached headers of the usual sizes. */
const HEADS = { '*': new Array<Buffer | undefined>(256), $: new Array<Buffer | undefined>(4_096) };
