import avsc from 'avsc';
import { readPrefixed, type Tap } from './tap.js';

/**
 * Bytes whose announced length is checked before it is believed. A forged length that is no number would otherwise spoil the memory
 * from which avsc takes its buffers: all bytes that the process reads after that would be empty.
 */
export class BytesType extends avsc.types.BytesType {
  _read(tap: Tap): Buffer {
    // A copy: the body may be part of a larger buffer that its owner uses again.
    return Buffer.from(readPrefixed(tap, 'bytes are'));
  }
}
