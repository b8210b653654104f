import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { SettingsError } from '../../core/errors.js';
import { checkPath } from './log-path.js';

it('a log on a network drive is refused, unless a setting insists', () => {
  const folder = mkdtempSync(join(tmpdir(), 'log-path-'));
  const path = join(folder, 'new', 'bus.db');
  const on = (allowNetworkDrive: boolean) => checkPath(path, { allowNetworkDrive }, () => 'NFS');
  expect(() => on(false)).toThrow(
    new SettingsError(
      `The event log ${path} is on a network drive (NFS), where processes on several machines would damage it. Name a path on a ` +
        'local disk. If only one machine ever uses the file, you can set EVENT_BUS_EMBEDDED_ALLOW_NETWORK_DRIVE=true instead.',
    ),
  );
  expect(on(true)).toBe(false);
  rmSync(folder, { recursive: true });
});
