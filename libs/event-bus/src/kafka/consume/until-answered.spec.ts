import { setTimeout as pass } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { untilAnswered } from './until-answered.js';

const errorOf = (thrown: unknown) => thrown as Error;
const patience = { withinMs: 150, signal: new AbortController().signal, errorOf, onFailure: () => undefined };

/** A question that is answered after `failures` failures, each after `afterMs`. */
function question(failures: number, afterMs = 0) {
  const asked = { times: 0 };
  const ask = async () => {
    asked.times += 1;
    await pass(afterMs);
    if (asked.times <= failures) throw new Error(`failure ${asked.times}`);
    return 'answer';
  };
  return { ask, asked };
}

it('is asked again until it is answered', async () => {
  expect(await untilAnswered(question(1).ask, patience)).toBe('answer');
});

it('is given up when it has failed for too long', async () => {
  await expect(untilAnswered(question(Infinity).ask, patience)).rejects.toThrow(/^failure/);
});

it('is not given up at its first failure, however long it took', async () => {
  expect(await untilAnswered(question(1, 200).ask, patience)).toBe('answer');
});

it('is asked as long as the one who is asked answers other questions', async () => {
  const { ask, asked } = question(3, 200);
  expect(await untilAnswered(ask, { ...patience, isWell: () => Promise.resolve(true) })).toBe('answer');
  expect(asked.times).toBe(4);
});

it('is given up when that one answers nothing else either', async () => {
  const { ask, asked } = question(3, 200);
  await expect(untilAnswered(ask, { ...patience, isWell: () => Promise.resolve(false) })).rejects.toThrow('failure 2');
  expect(asked.times).toBe(2);
});
