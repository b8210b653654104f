import { describe, expect, it } from 'vitest';
import { autoscaler } from './autoscaler.js';

const options = { min: 0, max: 10, stabilizationMs: 300, cooldownMs: 300, fallback: 1 };
const lag = (value: number) => [{ active: value > 0, value, target: 100 }];

describe('The autoscaler of the scaling tests', () => {
  it('starts one pod at the first event, and stays at zero without', () => {
    const decide = autoscaler(options);
    expect(decide(lag(0), 0, 0)).toBe(0);
    expect(decide(lag(1), 0, 1)).toBe(1);
  });

  it('adds pods at once, up to the maximum, and takes the trigger that wants most', () => {
    const decide = autoscaler(options);
    expect(decide(lag(350), 1, 0)).toBe(4);
    expect(decide(lag(9_000), 4, 1)).toBe(10);
    expect(decide([...lag(0), ...lag(250)], 1, 2)).toBe(3);
  });

  it('removes pods only when fewer were enough for the whole window, and the last after the cooldown', () => {
    const decide = autoscaler(options);
    expect(decide(lag(400), 4, 0)).toBe(4);
    expect(decide(lag(100), 4, 100)).toBe(4);
    expect(decide(lag(100), 4, 350)).toBe(1);
    expect(decide(lag(0), 1, 500)).toBe(1);
    expect(decide(lag(0), 1, 700)).toBe(0);
  });

  it('changes nothing within the tolerance, and keeps pods while a trigger fails', () => {
    const decide = autoscaler(options);
    expect(decide(lag(208), 2, 0)).toBe(2);
    expect(decide([{ active: false, value: 0, target: 0, error: 'NOGROUP' }], 0, 1)).toBe(0);
    expect(decide([...lag(1), { active: false, value: 0, target: 0, error: 'NOGROUP' }], 0, 1)).toBe(1);
    expect(decide([{ active: false, value: 0, target: 0, error: 'refused' }], 3, 2)).toBe(3);
  });
});
