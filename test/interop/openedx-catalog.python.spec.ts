import { expect, it } from 'vitest';
import { start } from '../support/process.js';
import { requires } from '../support/requirements.js';

await requires('python', 'the catalog of Open edX events', (python) => {
  it('is what the generator makes of the released Python package', async () => {
    const check = start(process.execPath, ['tools/generate-openedx-events.mjs', '--check', '--python', python]);
    expect(await check.ended, check.lines.join('\n')).toBe(0);
  });
});
