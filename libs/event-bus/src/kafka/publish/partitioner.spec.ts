import { expect, it } from 'vitest';
import { partitionOf } from './partitioner.js';

it('agrees with librdkafka on the partition of a key', () => {
  // CRC-32 of "123456789" is 0xcbf43926, the check value of its definition.
  expect(partitionOf(Buffer.from('123456789'), 1_000)).toBe(0xcbf43926 % 1_000);
});

it('leaves a record without a key, or with an empty one, to go anywhere', () => {
  expect(partitionOf(null, 3)).toBeUndefined();
  expect(partitionOf(Buffer.alloc(0), 3)).toBeUndefined();
});
