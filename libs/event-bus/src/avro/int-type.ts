import avsc from 'avsc';
import type { Tap } from './tap.js';

/** An integer of 32 bits that is refused when it has more; avsc's own gives any number, which could not be written again. */
export class IntType extends avsc.types.IntType {
  _read(tap: Tap): number {
    const value = tap.readLong();
    if ((value | 0) !== value) throw new Error('an integer is longer than 32 bits');
    return value;
  }
}
