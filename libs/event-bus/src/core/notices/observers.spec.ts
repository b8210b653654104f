import { describe, expect, it } from 'vitest';
import type { Notice } from './notice.js';
import { Observers } from './observers.js';

const NOTICE: Notice = { kind: 'reconnected', topic: 't', group: 'g' };

describe('observers', () => {
  it('get every notice in the order in which they were added, until they are removed', () => {
    const seen: string[] = [];
    const observers = new Observers(() => seen.push('first'));
    const remove = observers.add(() => seen.push('second'));
    observers.observe(NOTICE);
    remove();
    observers.observe(NOTICE);
    expect(seen).toEqual(['first', 'second', 'first']);
  });

  it('that throw stop neither the others nor the bus, and are reported once', () => {
    const seen: Notice[] = [];
    const observers = new Observers(
      () => {
        throw new Error('no such metric');
      },
      (notice) => seen.push(notice),
    );
    observers.observe(NOTICE);
    observers.observe(NOTICE);
    expect(seen.filter(({ kind }) => kind === 'reconnected')).toHaveLength(2);
    expect(seen.filter(({ kind }) => kind === 'backend-report')).toMatchObject([
      {
        level: 'error',
        fields: [
          ['notice', 'reconnected'],
          ['error', 'no such metric'],
        ],
      },
    ]);
  });
});
