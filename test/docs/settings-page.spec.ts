import { expect, it } from 'vitest';

import { ROOT, start } from '../support/process.js';

it('docs/settings.md says of every setting what its declaration says', async () => {
  expect(await start(process.execPath, ['tools/settings-page.mjs', '--check'], { cwd: ROOT }).ended).toBe(0);
});
