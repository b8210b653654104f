import { describe, expect, it } from 'vitest';

import { pack, unpack } from './packed.js';

describe('packed records', () => {
  it('come out as they went in, null told apart from empty', () => {
    const contents = [
      [Buffer.from('key'), Buffer.from('value'), Buffer.from('headers')],
      [null, null, null],
      [Buffer.alloc(0), Buffer.alloc(0), null],
      [null, Buffer.alloc(100_000, 7), Buffer.alloc(0)],
    ] as const;
    expect([...unpack(pack(contents))]).toEqual(contents);
  });

  it('may be views of larger memory', () => {
    const large = Buffer.from('....key....');
    expect([...unpack(pack([[large.subarray(4, 7), new Uint8Array([1, 2, 3]).subarray(1), null]]))]).toEqual([
      [Buffer.from('key'), Buffer.from([2, 3]), null],
    ]);
  });

  it('of nothing are nothing', () => {
    expect([...unpack(pack([]))]).toEqual([]);
  });
});
