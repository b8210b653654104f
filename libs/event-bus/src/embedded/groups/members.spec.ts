import { describe, expect, it } from 'vitest';

import { isDead } from './members.js';

describe('a member', () => {
  const lease = { id: 1, name: 'm', leaseMs: 3_000 };

  it('lives until its lease runs out', () => {
    expect(isDead({ ...lease, leaseUntil: 13_000 }, 10_000)).toBe(false);
    expect(isDead({ ...lease, leaseUntil: 13_000 }, 12_999)).toBe(false);
    expect(isDead({ ...lease, leaseUntil: 13_000 }, 13_000)).toBe(true);
  });

  it('is dead when the machine was restarted since, and its clock has begun anew', () => {
    expect(isDead({ ...lease, leaseUntil: 9_000_000 }, 10_000)).toBe(true);
  });
});
