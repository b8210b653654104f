import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pack, type Packed, PACKAGES } from './packed.js';

describe.each(PACKAGES)('the package %s', (_name, packageFolder) => {
  const folder = mkdtempSync(join(tmpdir(), 'packed-'));
  let packed: Packed;
  beforeAll(() => {
    packed = pack(packageFolder, folder);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('has nothing to complain about for publint', async () => {
    const { messages, pkg } = await publint({ pack: { tarball: packed.tarball.buffer }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it('has right types for node10, node16 and bundler resolution, as arethetypeswrong finds', async () => {
    const found = await checkPackage(createPackageFromTarballData(packed.tarball));
    if (!found.types) throw new Error('No types were found.');
    expect(Object.keys(found.entrypoints).length).toBeGreaterThan(1);
    expect(found.problems).toEqual([]);
  });

  it('has no tests and no build information, and source maps only with their sources', () => {
    expect(packed.files.filter((path) => /\.spec\.|tsbuildinfo$/.test(path))).toEqual([]);
    const maps = packed.files.filter((path) => path.endsWith('.map'));
    expect(maps.length).toBeGreaterThan(0);
    const bare = maps.filter((path) => {
      const { sources, sourcesContent } = JSON.parse(readFileSync(join(packageFolder, path), 'utf8')) as {
        readonly sources: readonly string[];
        readonly sourcesContent?: readonly unknown[];
      };
      return sourcesContent?.length !== sources.length;
    });
    expect(bare).toEqual([]);
  });
});
