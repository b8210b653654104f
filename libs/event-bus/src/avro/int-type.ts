import avsc from 'avsc';
import type { Tap } from './tap.js';

/** A 32-bit integer that rejects larger values. avsc's own returns numbers that it could not write again. */
export class IntType extends avsc.types.IntType {
  _read(tap: Tap): number {
    const value = tap.readLong();
    if ((value | 0) !== value) throw new Error('an integer is longer than 32 bits');
    return value;
  }
}
