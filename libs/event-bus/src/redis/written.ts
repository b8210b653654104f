import type { OutgoingRecord } from '../core/backend.js';
import { utf8Bytes } from '../core/utf8.js';
import { fieldsOf } from './entry.js';

/** A command that is already in the form in which it travels (RESP). */
export interface WrittenCommand {
  readonly name: string;
  /** By which a cluster finds the node, where there is one. */
  readonly key?: string;
  readonly bytes: Buffer;
}

/** The XADD of a record to the stream of that key. A stream that has more than about `maxLength` entries loses its oldest. */
export function writtenAdd(key: string, record: OutgoingRecord, maxLength: number | undefined): WrittenCommand {
  const parts: Uint8Array[] = [ADD, utf8Bytes(key)];
  if (maxLength !== undefined) parts.push(MAXLEN, ABOUT, Buffer.from(String(maxLength)));
  parts.push(NEW_ID);
  for (const part of fieldsOf(record)) parts.push(typeof part === 'string' ? utf8Bytes(part) : part);
  return { name: 'xadd', key, bytes: joined(parts) };
}

/** A command without keys. */
export function written(name: string, ...parameters: readonly number[]): WrittenCommand {
  return { name: name.toLowerCase(), bytes: joined([name, ...parameters].map((each) => Buffer.from(String(each)))) };
}

const [ADD, MAXLEN, ABOUT, NEW_ID] = [Buffer.from('XADD'), Buffer.from('MAXLEN'), Buffer.from('~'), Buffer.from('*')];

function joined(parts: readonly Uint8Array[]): Buffer {
  const head = headOf('*', parts.length);
  let size = head.length;
  for (const part of parts) size += headOf('$', part.byteLength).length + part.byteLength + 2;
  const bytes = Buffer.allocUnsafe(size);
  bytes.set(head);
  let at = head.length;
  for (const part of parts) {
    const length = headOf('$', part.byteLength);
    bytes.set(length, at);
    at += length.length;
    bytes.set(part, at);
    at += part.byteLength;
    bytes[at++] = CR;
    bytes[at++] = LF;
  }
  return bytes;
}

const CR = 0x0d;
const LF = 0x0a;

/** What precedes so many bytes, or parts. */
function headOf(kind: '*' | '$', count: number): Buffer {
  const heads = HEADS[kind];
  return heads[count] ?? (count < heads.length ? (heads[count] = makeHead(kind, count)) : makeHead(kind, count));
}

function makeHead(kind: string, count: number): Buffer {
  return Buffer.from(`${kind}${count}\r\n`);
}

/** Those of the usual sizes are made once. */
const HEADS = { '*': new Array<Buffer | undefined>(256), $: new Array<Buffer | undefined>(4_096) };
