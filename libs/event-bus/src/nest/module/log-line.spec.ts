import { ConsoleLogger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { NoticeLine } from '../../core/notices/notice-text.js';
import { LogLine } from './log-line.js';

const LINE: NoticeLine = {
  level: 'error',
  what: 'Handler failed for good',
  fields: [
    ['topic', 'orders'],
    ['key', undefined],
    ['error', 'no paper'],
  ],
};
const TEXT = 'Handler failed for good: topic=orders key=- error="no paper"';
const STACK = 'Error: no paper\n    at print (printer.js:1:1)';

/** What Nest's logger prints for the call, without the time. */
function printed(
  options: { readonly colors: boolean; readonly json?: boolean },
  log: (to: ConsoleLogger) => void,
): string {
  const out: string[] = [];
  const write = (chunk: unknown) => out.push(String(chunk)) > 0;
  vi.spyOn(process.stdout, 'write').mockImplementation(write);
  vi.spyOn(process.stderr, 'write').mockImplementation(write);
  log(new ConsoleLogger('EventBus', options));
  vi.restoreAllMocks();
  return out.join('').replace(/\d+\/\d+\/\d+, [\d: APM]+/, '');
}

describe('A log line', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  it.each([true, false])("is printed by Nest's logger like its text, with colors: %s", (colors) => {
    vi.stubEnv('NO_COLOR', colors ? '' : '1');
    const levels = { info: 'log', warn: 'warn', error: 'error' } as const;
    for (const [level, method] of Object.entries(levels) as ['info' | 'warn' | 'error', 'log' | 'warn' | 'error'][])
      expect(printed({ colors }, (to) => to[method](new LogLine({ ...LINE, level })))).toBe(
        printed({ colors }, (to) => to[method](TEXT)),
      );
    expect(printed({ colors }, (to) => to.error(new LogLine({ ...LINE, stack: STACK })))).toBe(
      printed({ colors }, (to) => to.error(TEXT, STACK)),
    );
  });

  it("has its keys in the JSON of Nest's logger", () => {
    const text = printed({ colors: false, json: true }, (to) => to.warn(new LogLine({ ...LINE, level: 'warn' })));
    expect(JSON.parse(text)).toMatchObject({
      level: 'warn',
      context: 'EventBus',
      message: { msg: 'Handler failed for good', topic: 'orders', error: 'no paper' },
    });
  });

  it('is its text for loggers that make text of it', () => {
    const line = new LogLine(LINE);
    expect(`${String(line)}\n`).toBe(`${TEXT}\n`);
    expect(line.message).toBe('Handler failed for good');
  });
});
