import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { defaultPath } from './default-path.js';

let top: string;
beforeEach(() => (top = mkdtempSync(join(tmpdir(), 'event-bus-default-path-'))));
afterEach(() => rmSync(top, { recursive: true, force: true }));

it.each<[string, string, Readonly<Record<string, string>>]>([
  ['the Git root', '', { '.git/HEAD': '', 'services/a/package.json': '{}' }],
  ['the root of a worktree of Git', '', { '.git': 'gitdir: elsewhere' }],
  ['the root of an npm workspace', '', { 'package.json': '{"workspaces":["services/*"]}' }],
  ['the root of a pnpm workspace', '', { 'pnpm-workspace.yaml': '' }],
  ['the nearest of several roots', 'services', { '.git/HEAD': '', 'services/package.json': '{"workspaces":[]}' }],
  ['the working folder, without a root above', 'services/a', { 'package.json': '{}' }],
  ['the working folder, with a damaged package.json above', 'services/a', { 'package.json': '{' }],
])('the file is by default in %s', (_, root, files) => {
  mkdirSync(join(top, 'services/a'), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(top, name)), { recursive: true });
    writeFileSync(join(top, name), text);
  }
  expect(defaultPath(join(top, 'services/a'))).toBe(join(top, root, '.event-bus/event-bus.db'));
});
