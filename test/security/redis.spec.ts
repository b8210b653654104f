import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis as Client } from 'ioredis';
import { redis as backendOf } from 'nest-event-bus/redis';
import { until } from 'nest-event-bus/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Certificates, certificates, type Redis, redis } from '../../tools/servers/index.mjs';
import { callsIn, jsonLines, numbered } from '../support/numbered.js';
import { ROOT } from '../support/process.js';
import { requires } from '../support/requirements.js';
import { openSecured, type Secured, type Settings } from '../support/secured.js';

const ADMIN = 'admin-passw0rd';
const PASSWORD = 'user:passw0rd/ü';
const LONG = { timeout: 60_000 };
/** The ACL line of the documentation, for a user with this name. */
const [, GRANT = ''] =
  /\n {4}ACL SETUSER events on >PASSWORD (.*)\n/.exec(readFileSync(join(ROOT, 'docs/security.md'), 'utf8')) ?? [];

await requires('redis', 'Security of Redis', () => {
  let folder: string;
  let made: Certificates;
  let server: Redis;
  let admin: Client;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'event-bus-redis-security-'));
    made = await certificates(folder);
    server = await redis({ tls: { certificates: made, isMutual: true }, config: { requirepass: ADMIN } });
    const { caFile, client } = made;
    const [ca, cert, key] = [caFile, client.certFile, client.keyFile].map((file) => readFileSync(file));
    if (ca === undefined || cert === undefined || key === undefined) throw new Error('There are no certificates.');
    admin = new Client(server.url, { tls: { ca, cert, key } });
  }, 60_000);
  afterAll(async () => {
    admin.disconnect();
    await server.clear();
    rmSync(folder, { recursive: true });
  });

  const grant = (user: string, ...rules: readonly string[]) =>
    admin.call('ACL', ['SETUSER', user, 'reset', 'on', `>${PASSWORD}`, ...GRANT.split(' '), ...rules]);
  const urlOf = (user: string, password = PASSWORD) =>
    server.url.replace(/\/\/.*@/, `//${user}:${encodeURIComponent(password)}@`);

  /** Removes old entries, as publishers do once a minute. */
  async function removeOldEntries(topic: string): Promise<void> {
    const [ca, cert, key] = [made.caFile, made.client.certFile, made.client.keyFile].map((file) =>
      readFileSync(file, 'utf8'),
    );
    if (ca === undefined || cert === undefined || key === undefined) throw new Error('There are no certificates.');
    const backend = backendOf({ url: urlOf('events'), tls: { ca, cert, key }, retentionMs: 1, trimEveryMs: 10 });
    await backend.publish([{ topic, key: null, value: Buffer.from('{}'), headers: [] }]);
    await until(async () => (await admin.info('commandstats')).includes('cmdstat_xtrim'), {
      withinMs: 5_000,
      what: 'XTRIM',
    });
    await backend.close();
  }

  function open(name: string, user: string, settings: Settings = {}): Secured {
    const secrets = [ADMIN, PASSWORD, 'wr0ng-passw0rd', made.client.passphrase];
    return openSecured(
      name,
      {
        EVENT_BUS_PRODUCER: 'redis',
        EVENT_BUS_CONSUMER: 'redis',
        // The documented rights are for topics with this prefix.
        EVENT_BUS_TOPIC_PREFIX: 'prod',
        EVENT_BUS_REDIS_CONNECTION_URL: urlOf(user),
        EVENT_BUS_REDIS_TLS_CA_FILE: made.caFile,
        EVENT_BUS_REDIS_TLS_CERT_FILE: made.client.certFile,
        EVENT_BUS_REDIS_TLS_KEY_FILE: made.client.encryptedKeyFile,
        EVENT_BUS_REDIS_TLS_KEY_PASSPHRASE: made.client.passphrase,
        EVENT_BUS_REDIS_AUDIT_LOGGING_ENABLED: 'false',
        EVENT_BUS_REDIS_CONSUMER_POLL_FAILURE_SLEEP: '0.2',
        EVENT_BUS_RETRY_ATTEMPTS: '2',
        ...settings,
      },
      () => secrets,
    );
  }

  it(
    'a user with the rights of the documentation publishes, consumes, sets aside and moves, over mutual TLS',
    LONG,
    async () => {
      await grant('events');
      await using bench = open('rights', 'events', { EVENT_BUS_REDIS_EXCLUSIVE: 'true' });
      const history = join(bench.folder, 'history.jsonl');
      const [first, second] = numbered(2);
      if (first === undefined || second === undefined) throw new Error('There are no events.');
      await bench.roundTrip(jsonLines([first]), first.id);
      const producer = bench.cli(['produce', '--topic', bench.topic], { input: jsonLines([second]) });
      expect(await producer.ended, producer.lines.join('\n')).toBe(0);
      const failing = bench.consumer('failing-consumer');
      await failing.says(/Moved to the dead letters:/);
      expect(await failing.stop()).toBe(0);
      const moved = bench.cli(['move', '--topic', bench.topic, '--group', bench.group, '--to', 'start']);
      expect(await moved.ended, moved.lines.join('\n')).toBe(0);
      const consumer = bench.consumer('history-consumer', { env: { HISTORY: history } });
      await until(() => callsIn(history).length === 2, { withinMs: 20_000, what: () => consumer.lines.join('\n') });
      expect(await consumer.stop()).toBe(0);
      expect([...failing.lines, ...consumer.lines].filter((line) => /NOPERM|disconnected/i.test(line))).toEqual([]);
      await removeOldEntries(`prod-${bench.topic}`);
      // The server refused nothing, not even commands that the bus could do without.
      const refused = (await admin.call('ACL', ['LOG'])) as readonly (readonly unknown[])[];
      expect(refused.filter((entry) => entry.includes('events')).map((entry) => entry[7])).toEqual([]);
    },
  );

  it.each([
    ['hget', "NOPERM .*'hget'"],
    ['xgroup|create', 'ERR .*script'],
  ])('the right to %s that is missing ends a consumer with 2 before it has begun', LONG, async (command, said) => {
    await grant('restricted', `-${command}`);
    await using bench = open('missing', 'restricted');
    const consumer = bench.cli(['consume', '--topic', bench.topic, '--group', bench.group]);
    expect(await consumer.ended, consumer.lines.join('\n')).toBe(2);
    expect(consumer.lines.at(-1)).toMatch(
      new RegExp(
        `Redis rediss://restricted:\\*\\*\\*@\\S+ refuses a command to this user \\(${said}.*\\)\\. ACL LOG names the command; grant it with ACL SETUSER\\.`,
      ),
    );
  });

  it('a topic outside of the granted names is refused to a publisher, which says so', LONG, async () => {
    await grant('elsewhere');
    await using bench = open('elsewhere', 'elsewhere', { EVENT_BUS_TOPIC_PREFIX: 'test' });
    const producer = bench.cli(['produce', '--topic', bench.topic], { input: jsonLines(numbered(1)) });
    expect(await producer.ended).toBe(7);
    expect(producer.lines.join('\n')).toMatch(/refuses a command to this user \(NOPERM /);
  });

  it('a password that changes under a consumer does not end it: it says so, waits, and goes on', LONG, async () => {
    await grant('rotated');
    await using bench = open('rotated', 'rotated');
    const history = join(bench.folder, 'history.jsonl');
    const consumer = bench.consumer('history-consumer', { env: { HISTORY: history } });
    await consumer.says(/Consuming:/);
    await admin.call('ACL', ['SETUSER', 'rotated', 'resetpass', '>an0ther-passw0rd']);
    await admin.call('CLIENT', ['KILL', 'USER', 'rotated']);
    await consumer.says(/ERROR .*refuses the user or the password .*Check EVENT_BUS_REDIS_CONNECTION_URL/);
    await grant('rotated');
    const [event] = numbered(1);
    if (event === undefined) throw new Error('There is no event.');
    const producer = bench.cli(['produce', '--topic', bench.topic], { input: jsonLines([event]) });
    expect(await producer.ended, producer.lines.join('\n')).toBe(0);
    await until(() => callsIn(history).length === 1, { withinMs: 20_000, what: () => consumer.lines.join('\n') });
    expect(await consumer.stop()).toBe(0);
  });

  const REFUSALS: readonly (readonly [name: string, code: number, settings: () => Settings, line: RegExp])[] = [
    [
      'a wrong password',
      2,
      () => ({ EVENT_BUS_REDIS_CONNECTION_URL: urlOf('someone', 'wr0ng-passw0rd') }),
      /Redis rediss:\/\/someone:\*\*\*@\S+ refuses the user or the password \(WRONGPASS .*\)\. Check EVENT_BUS_REDIS_CONNECTION_URL\./,
    ],
    [
      'no password',
      2,
      () => ({ EVENT_BUS_REDIS_CONNECTION_URL: server.url.replace(/\/\/.*@/, '//') }),
      /refuses the user or the password \(NOAUTH .*Check EVENT_BUS_REDIS_CONNECTION_URL/,
    ],
    [
      'an authority that has not signed the certificate of the server',
      2,
      () => ({ EVENT_BUS_REDIS_TLS_CA_FILE: made.stranger.caFile }),
      /Redis \S+ has a certificate that this process does not trust: check EVENT_BUS_REDIS_TLS_CA_FILE \(/,
    ],
    [
      'no client certificate',
      2,
      () => ({
        EVENT_BUS_REDIS_TLS_CERT_FILE: '',
        EVENT_BUS_REDIS_TLS_KEY_FILE: '',
        EVENT_BUS_REDIS_TLS_KEY_PASSPHRASE: '',
      }),
      /Redis \S+ refuses the client certificate, or requires one and got none: check EVENT_BUS_REDIS_TLS_CERT_FILE and EVENT_BUS_REDIS_TLS_KEY_FILE \(/,
    ],
    [
      'files for TLS with a URL without it',
      2,
      () => ({ EVENT_BUS_REDIS_CONNECTION_URL: server.url.replace('rediss:', 'redis:') }),
      /EVENT_BUS_REDIS_CONNECTION_URL: got redis:\/\/; allowed: rediss:\/\/, as a file of EVENT_BUS_REDIS_TLS_… is set/,
    ],
    [
      'an unknown host',
      10,
      () => ({ EVENT_BUS_REDIS_CONNECTION_URL: `rediss://events:${PASSWORD.replaceAll('/', '%2F')}@nowhere.invalid` }),
      /Redis rediss:\/\/events:\*\*\*@nowhere\.invalid does not answer: getaddrinfo ENOTFOUND nowhere\.invalid\. Check .*EVENT_BUS_REDIS_CONNECTION_URL/,
    ],
    [
      'a port where nobody listens',
      10,
      () => ({ EVENT_BUS_REDIS_CONNECTION_URL: 'rediss://127.0.0.1:1' }),
      /Redis rediss:\/\/127\.0\.0\.1:1 does not answer: connect ECONNREFUSED 127\.0\.0\.1:1\. Check that it runs/,
    ],
  ];

  it.concurrent.each(REFUSALS)('%s ends with %i and one line', LONG, async (name, code, settings, line) => {
    await using bench = open(name, 'events', settings());
    await bench.ended(code, line);
  });
});
