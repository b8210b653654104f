import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ROOT } from '../support/process.js';

const MANIFESTS = /^(package|package-lock|(libs|apps)\/[^/]+\/package)\.json$|^\.changeset\/config\.json$/;
const PACKAGES = ['event-bus', 'openedx-events'] as const;

let clone: string;
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'changesets-'));
  const files = run('git', ['ls-files', '--cached', '--others', '--exclude-standard'], ROOT).split('\n');
  for (const file of files.filter((path) => MANIFESTS.test(path))) {
    mkdirSync(dirname(join(clone, file)), { recursive: true });
    cpSync(join(ROOT, file), join(clone, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  writeFileSync(join(clone, '.gitignore'), 'node_modules\n');
  git('init', '--quiet', '--initial-branch=main');
  commit();
});
afterEach(() => rmSync(clone, { recursive: true }));

it('changeset status works on a clone, and a branch without a changeset fails', () => {
  expect(changeset('status')).not.toContain('error');
  git('checkout', '--quiet', '-b', 'branch');
  writeFileSync(join(clone, 'libs/event-bus/new.ts'), '');
  commit();
  expect(() => changeset('status', '--since=main')).toThrow('Some packages have been changed but no changesets were');
});

it('a minor change of one package gives both the next minor version', () => {
  const [, minor = ''] = version('event-bus').split('.');
  writeFileSync(join(clone, '.changeset/a-change.md'), `---\n'nest-event-bus': minor\n---\n\nA change.\n`);
  commit();
  changeset('version');
  expect(PACKAGES.map(version)).toEqual([`0.${Number(minor) + 1}.0`, `0.${Number(minor) + 1}.0`]);
});

function version(name: (typeof PACKAGES)[number]): string {
  const text = readFileSync(join(clone, `libs/${name}/package.json`), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

function changeset(...args: readonly string[]): string {
  return run(process.execPath, [join(ROOT, 'node_modules/@changesets/cli/bin.js'), ...args], clone);
}

function commit(): void {
  git('add', '--all');
  git('-c', 'user.name=test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '--message', 'A commit');
}

function git(...args: readonly string[]): void {
  run('git', args, clone);
}

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe' });
}
