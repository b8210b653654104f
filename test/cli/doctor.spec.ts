import { chmodSync } from 'node:fs';
import { Redis as Client } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Redis, redis } from '../../tools/servers/index.mjs';
import { jsonLines, numbered } from '../support/numbered.js';
import { produce } from '../support/records.js';
import { requires } from '../support/requirements.js';
import { type Workbench, workbench } from '../support/workbench.js';

interface Finding {
  readonly level: string;
  readonly subject: string;
  readonly what: string;
  readonly meaning?: string;
  readonly advice?: string;
}

let bench: Workbench;
beforeEach(() => (bench = workbench('doctor')));
afterEach(() => bench.clear());

describe('event-bus doctor', () => {
  it('says that all is well, with versions', async () => {
    await produce(bench, jsonLines(numbered(1)));
    chmodSync(bench.path, 0o600);
    const { code, found } = await examine({});
    expect(code).toBe(0);
    expect(found.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(found.map(({ subject }) => subject)).toEqual(
      expect.arrayContaining(['settings', 'Node', '@nestjs/core', 'libsql', `event log ${bench.path}`]),
    );
  });

  it('warns of a file that others may change, and says what to do', async () => {
    await produce(bench, jsonLines(numbered(1)));
    chmodSync(bench.path, 0o666);
    const { code, found } = await examine({});
    expect(code).toBe(0);
    expect(found.find(({ level }) => level === 'warning')).toEqual({
      level: 'warning',
      subject: `event log ${bench.path}`,
      what: 'other users of this machine may change it (mode 666)',
      meaning: 'Events may hold personal data.',
      advice: 'If that is not intended, change the mode of the file and its folder: chmod go-rwx.',
    });
  });

  it('tells wrong settings apart from a broker that is away, and ends with 11', async () => {
    const wrong = await examine({ EVENT_BUS_PUBLISH_TIMEOUT: 'long', EVENT_BUS_PRODUCER_CONFIG: '{"no.such":{}}' });
    expect(wrong.code).toBe(11);
    expect(wrong.found.filter(({ level }) => level === 'problem').map(({ what }) => what)).toEqual([
      expect.stringMatching(/^EVENT_BUS_PUBLISH_TIMEOUT: got .*long/),
      expect.stringMatching(/^EVENT_BUS_PRODUCER_CONFIG: no.such: unknown event type/),
    ]);
    const away = await examine(redisSettings('redis://127.0.0.1:1'));
    expect(away.code).toBe(11);
    expect(away.found.find(({ level }) => level === 'problem')?.what).toMatch(/^Redis redis:\/\/127.0.0.1:1 does not/);
  });

  it('prints text with a summary by default', async () => {
    const text = bench.cli(['doctor'], { env: redisSettings('redis://127.0.0.1:1') });
    await expect(text.ended).resolves.toBe(11);
    expect(text.output).toContainEqual(expect.stringMatching(/^problem {2}redis: Redis redis:/));
    expect(text.output.at(-1)).toMatch(/^1 problem, 0 warnings, 0 notes, \d+ ok$/);
  });

  it('refuses wrong usage with 2', async () => {
    const refused = bench.cli(['doctor', '--topic', 'a b']);
    await expect(refused.ended).resolves.toBe(2);
    expect(refused.output).toEqual([]);
  });
});

await requires('redis', 'event-bus doctor with Redis', () => {
  let careless: Redis;
  let admin: Client;
  beforeAll(async () => {
    const config = { maxmemory: '64mb', 'maxmemory-policy': 'allkeys-lru', requirepass: 'passw0rd' };
    careless = await redis({ appendonly: false, config });
    admin = new Client(careless.url);
  }, 60_000);
  afterAll(async () => {
    admin.disconnect();
    await careless.clear();
  });

  it('finds a server that evicts and that keeps nothing on disk', async () => {
    const { code, found } = await examine(redisSettings(careless.url), ['--topic', bench.topic]);
    expect(code).toBe(11);
    const bad = found.filter(({ level }) => level === 'problem' || level === 'warning');
    expect(bad.map(({ level, what }) => [level, what])).toEqual([
      ['warning', 'appendonly is no'],
      ['problem', 'maxmemory-policy is allkeys-lru'],
    ]);
    for (const { meaning, advice } of bad) expect([meaning, advice]).not.toContain(undefined);
    expect(found).toContainEqual(
      expect.objectContaining({ subject: `topic ${bench.topic}`, what: 'it does not exist' }),
    );
    expect(found).toContainEqual(expect.objectContaining({ what: 'its clock and the clock here agree' }));
  });

  it('finds a wrong password, and shows none', async () => {
    const { code, found, text } = await examine(redisSettings(careless.url.replace('passw0rd', 'n0tthis')));
    expect(code).toBe(11);
    expect(found.find(({ level }) => level === 'problem')?.what).toMatch(/refuses the user or the password/);
    expect(text).not.toContain('n0tthis');
  });

  it('finds a user without rights', async () => {
    await admin.call(
      'ACL',
      'SETUSER',
      'poor',
      'on',
      '>poor',
      'resetkeys',
      '~other',
      '-@all',
      '+ping',
      '+info',
      '+xinfo',
    );
    const url = careless.url.replace(':passw0rd', 'poor:poor');
    const { code, found } = await examine(redisSettings(url), ['--topic', bench.topic]);
    expect(code).toBe(11);
    expect(found).toContainEqual(
      expect.objectContaining({ level: 'problem', subject: `topic ${bench.topic}`, what: 'this user may not use it' }),
    );
  });
});

function redisSettings(url: string) {
  return { EVENT_BUS_PRODUCER: 'redis', EVENT_BUS_CONSUMER: 'redis', EVENT_BUS_REDIS_CONNECTION_URL: url };
}

async function examine(env: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const doctor = bench.cli(['doctor', '--json', ...args], { env });
  const code = await doctor.ended;
  const found = doctor.output.map((line) => JSON.parse(line) as Finding);
  return { code, found, text: doctor.lines.join('\n') };
}
