import avsc from 'avsc';
import { readPrefixed, type Tap } from './tap.js';

/**
 * Bytes whose length prefix is checked before use. A forged prefix that overflows would otherwise corrupt the pool from
 * which avsc takes its buffers, and all later bytes would decode as empty.
 */
export class BytesType extends avsc.types.BytesType {
  _read(tap: Tap): Buffer {
    // Copies, because the owner of the body may reuse the larger buffer around it.
    return Buffer.from(readPrefixed(tap, 'bytes are'));
  }
}
