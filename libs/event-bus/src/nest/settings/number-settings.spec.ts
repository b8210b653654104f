import 'reflect-metadata';
import { expect, it } from 'vitest';
import { settingInfos } from './event-bus-settings.js';
import { inspectSettings } from './read-settings.js';

const NUMBERS = [...settingInfos().values()].flatMap(({ env, allowed }) => {
  const bounds = /^a (whole )?number from (\S+) to ([\d.]+)/.exec(allowed);
  if (bounds === null) return [];
  const [, whole, min = '', max = ''] = bounds;
  return [{ env, allowed, isWhole: whole !== undefined, min: Number(min), max: Number(max) }];
});

it('finds the number settings', () => {
  expect(NUMBERS.length).toBeGreaterThan(20);
});

it.each(NUMBERS)('$env takes its bounds and nothing beyond', ({ env, allowed, isWhole, min, max }) => {
  const isRefused = (text: string) =>
    inspectSettings({}, { [env]: text }).problems.includes(`${env}: got ${JSON.stringify(text)}; allowed: ${allowed}`);
  expect([min, max].filter((each) => isRefused(`${each}`))).toEqual([]);
  const beyond = [min - 0.0005, max + 2, ...(isWhole ? [min + 0.5] : [])].map(String);
  expect(beyond.filter((each) => !isRefused(each))).toEqual([]);
  expect(['x', ' '].filter((each) => !isRefused(each))).toEqual([]);
});
