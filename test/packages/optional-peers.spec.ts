import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, start } from '../support/process.js';
import { pack } from './packed.js';

const OPTIONAL_PEERS = ['ioredis', 'kafkajs', '@kafkajs', '@opentelemetry', 'prom-client'];
const ENTRIES = ['', '/core', '/avro', '/embedded', '/kafka', '/redis', '/testing'];

describe('The types of the packed package', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'event-bus-types-'));
    const packages = join(folder, 'node_modules');
    mkdirSync(join(packages, 'nest-event-bus'), { recursive: true });
    const { path } = pack(join(ROOT, 'libs/event-bus'), folder);
    execFileSync('tar', ['xzf', path, '-C', join(packages, 'nest-event-bus'), '--strip-components=1']);
    const left = new Set([...OPTIONAL_PEERS, 'nest-event-bus', '.bin']);
    for (const name of readdirSync(join(ROOT, 'node_modules')))
      if (!left.has(name)) symlinkSync(join(ROOT, 'node_modules', name), join(packages, name));
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('compile without optional peers and without skipLibCheck', { timeout: 240_000 }, async () => {
    const entries = ENTRIES.map((entry, n) => `export * as entry${n} from 'nest-event-bus${entry}';`);
    writeFileSync(join(folder, 'main.ts'), entries.join('\n'));
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2022',
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      preserveSymlinks: true,
      types: ['node'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
    const compiler = start(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc')], { cwd: folder });
    expect(await compiler.ended, compiler.lines.join('\n')).toBe(0);
  });
});
