import type { IHeaders } from 'kafkajs';
import type { Header, Headers } from '../../core/backend.js';
import { asBuffer } from '../../core/utf8.js';

/**
 * Headers as kafkajs takes them. Names that look like whole numbers travel first, equal names side by side, and `null` as an empty
 * value: an object cannot hold more, and kafkajs fails on `null`.
 */
export function toClientHeaders(headers: Headers): IHeaders {
  // Without a prototype a header may have any name, `__proto__` included.
  const result = Object.create(null) as Record<string, Buffer | Buffer[]>;
  for (const [name, value] of headers) {
    const bytes = value === null ? EMPTY : asBuffer(value);
    const before = result[name];
    if (before === undefined) result[name] = bytes;
    else result[name] = Array.isArray(before) ? [...before, bytes] : [before, bytes];
  }
  return result;
}

const EMPTY = Buffer.alloc(0);

/** Headers as kafkajs gives them out; it hands over Buffers, and `null` as well, whatever its types say. */
export function fromClientHeaders(headers: IHeaders | undefined): Headers {
  const result: Header[] = [];
  for (const [name, value] of Object.entries((headers ?? {}) as Record<string, ClientValue | ClientValue[]>)) {
    if (Array.isArray(value)) for (const each of value) result.push([name, each]);
    else result.push([name, value]);
  }
  return result;
}

type ClientValue = Buffer | null;
