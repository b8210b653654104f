import { describe, expect, it } from 'vitest';
import { ROOT, start } from '../support/process.js';

describe('What the docs take from the code', () => {
  it('is there as the code says it: blocks of code, the command line, the exports, the settings', async () => {
    const check = start(process.execPath, ['tools/docs/main.mjs', '--check'], { cwd: ROOT });
    expect(await check.ended, check.lines.join('\n')).toBe(0);
    expect(check.lines).toEqual([]);
  });
});
