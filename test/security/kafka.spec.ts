import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordRefusedError } from 'nest-event-bus/core';
import { kafka as kafkaBackend } from 'nest-event-bus/kafka';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Certificates, certificates, type Kafka } from '../../tools/servers/index.mjs';
import { type Gate, gate } from '../support/gate.js';
import { allowToRead, allowToWrite, kafkaEnv, makeTopic } from '../support/kafka.js';
import { logOf } from '../support/kafka-log.js';
import { jsonLines, numbered } from '../support/numbered.js';
import { requires } from '../support/requirements.js';
import { openSecured, type Secured, type Settings } from '../support/secured.js';
import { type TokenEndpoint, tokenEndpoint } from '../support/token-endpoint.js';

const ADA = { name: 'ada', password: 'ada-pass:w0rd/ü', isAdmin: true };
/** A user without rights. */
const EVE = { name: 'eve', password: 'eve-passw0rd' };
/** A user who may write to one topic only. */
const WILL = { name: 'will', password: 'will-passw0rd' };
const REGISTRY = { user: 'reader', password: 'registry-passw0rd' };
const CLIENT = { id: 'service', secret: 'client s3cret&+', scope: 'events' };
const WRONG_SECRET = 'p@ss w0rd&+';
const LONG = { timeout: 60_000 };

await requires('kafka-secured', 'Security of', async (startKafka) => {
  await requires('registry', 'and its registry', (startRegistry) => {
    let folder: string;
    let made: Certificates;
    let registryUrl: string;
    let gates: readonly [Gate, Gate];
    let tokens: TokenEndpoint;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'event-bus-security-'));
      [made, registryUrl] = await Promise.all([certificates(folder), startRegistry()]);
      gates = await Promise.all([
        gate(registryUrl, made, REGISTRY),
        gate(registryUrl, made, { ...REGISTRY, isMutual: true }),
      ]);
      tokens = await tokenEndpoint(
        made,
        { ...CLIENT, secret: encodeURIComponent(CLIENT.secret).replaceAll('%20', '+') },
        { lifeS: 60 },
      );
    }, 120_000);
    afterAll(() => {
      for (const each of [...gates, tokens]) each.close();
      rmSync(folder, { recursive: true });
    });

    describe.each(['3.9', '4.1'] as const)('Kafka %s', (version) => {
      let kafka: Kafka;
      let at: NonNullable<Kafka['secured']>;
      let open: (name: string, settings?: Settings) => Secured;
      const tls = (): Settings => ({ EVENT_BUS_KAFKA_TLS_CA_FILE: made.caFile });
      const pair = (of: 'client' | 'stranger'): Settings => ({
        EVENT_BUS_KAFKA_TLS_CERT_FILE: made[of].certFile,
        EVENT_BUS_KAFKA_TLS_KEY_FILE: made[of].keyFile,
      });
      const user = ({ name, password }: { readonly name: string; readonly password: string } = ADA): Settings => ({
        EVENT_BUS_KAFKA_API_KEY: name,
        EVENT_BUS_KAFKA_API_SECRET: password,
      });
      const oauth = (): Settings => ({
        EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: at.oauth,
        EVENT_BUS_KAFKA_OAUTH_TOKEN_URL: tokens.url,
        EVENT_BUS_KAFKA_OAUTH_CLIENT_ID: CLIENT.id,
        EVENT_BUS_KAFKA_OAUTH_CLIENT_SECRET: CLIENT.secret,
        EVENT_BUS_KAFKA_OAUTH_SCOPE: CLIENT.scope,
        EVENT_BUS_KAFKA_OAUTH_EXTENSIONS: '{"logicalCluster": "lkc-1", "identityPoolId": "pool 1"}',
        EVENT_BUS_KAFKA_OAUTH_TLS_CA_FILE: made.caFile,
        ...tls(),
      });
      const registry = (): Settings => ({
        EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: gates[0].url,
        EVENT_BUS_KAFKA_SCHEMA_REGISTRY_API_KEY: REGISTRY.user,
        EVENT_BUS_KAFKA_SCHEMA_REGISTRY_API_SECRET: REGISTRY.password,
        EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS_CA_FILE: made.caFile,
      });

      beforeAll(async () => {
        kafka = await startKafka({
          version,
          security: {
            certificates: made,
            users: [ADA, EVE, WILL, { name: CLIENT.id, password: ADA.password, isAdmin: true }],
          },
        });
        if (kafka.secured === undefined) throw new Error('This Kafka is open to everybody.');
        at = kafka.secured;
      }, 120_000);
      afterAll(() => kafka.clear());
      beforeEach(() => {
        const secrets = [
          ADA.password,
          EVE.password,
          WILL.password,
          'wr0ng-passw0rd',
          REGISTRY.password,
          CLIENT.secret,
          WRONG_SECRET,
          made.client.passphrase,
        ];
        open = (name, settings = {}) =>
          openSecured(name, { ...kafkaEnv(kafka.bootstrapServers, registryUrl), ...settings }, () => [
            ...secrets,
            ...tokens.tokens,
          ]);
      });

      const WAYS: readonly (readonly [name: string, settings: () => Settings])[] = [
        ['TLS with an authority of its own', () => ({ EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: at.tls, ...tls() })],
        [
          'mutual TLS with an encrypted key',
          () => ({
            EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: at.mutual,
            ...tls(),
            ...pair('client'),
            EVENT_BUS_KAFKA_TLS_KEY_FILE: made.client.encryptedKeyFile,
            EVENT_BUS_KAFKA_TLS_KEY_PASSPHRASE: made.client.passphrase,
          }),
        ],
        [
          'SASL PLAIN by key and secret alone',
          () => ({ EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: at.sasl, ...tls(), ...user() }),
        ],
        [
          'SCRAM-SHA-256 without TLS',
          () => ({
            EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: at.plainSasl,
            EVENT_BUS_KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
            EVENT_BUS_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-256',
            ...user(),
          }),
        ],
        [
          'SCRAM-SHA-512, with a registry behind TLS and a password',
          () => ({
            EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: at.sasl,
            EVENT_BUS_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
            ...tls(),
            ...user(),
            ...registry(),
          }),
        ],
        [
          'OAUTHBEARER, with a registry behind mutual TLS',
          () => ({
            ...oauth(),
            ...registry(),
            EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: gates[1].url,
            EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS_CERT_FILE: made.client.certFile,
            EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS_KEY_FILE: made.client.keyFile,
          }),
        ],
      ];

      it.concurrent.each(WAYS)('events go in and out by %s', LONG, async (name, settings) => {
        await using bench = open(name, settings());
        const [event] = numbered(1);
        if (event === undefined) throw new Error('There is no event.');
        await bench.roundTrip(jsonLines([event]), event.id);
      });

      // Tested with one version only, because it does not depend on the version.
      if (version === '4.1') return;

      const REFUSALS: readonly (readonly [name: string, settings: () => Settings, line: RegExp])[] = [
        [
          'an authority that has not signed the certificate of the broker',
          () => ({ EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: at.tls, EVENT_BUS_KAFKA_TLS_CA_FILE: made.stranger.caFile }),
          /could not reach the brokers at 127\.0\.0\.1:\d+: the broker has a certificate that this process does not trust: check EVENT_BUS_KAFKA_TLS_CA_FILE \(UNABLE_TO_/,
        ],
        [
          'no client certificate',
          () => ({ EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: at.mutual, ...tls() }),
          /the broker refuses the client certificate, or requires one and got none: check EVENT_BUS_KAFKA_TLS_CERT_FILE and EVENT_BUS_KAFKA_TLS_KEY_FILE/,
        ],
        [
          'the client certificate of a stranger',
          () => ({ EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: at.mutual, ...tls(), ...pair('stranger') }),
          /the broker refuses the client certificate, or requires one and got none/,
        ],
        [
          'a wrong password by PLAIN',
          () => ({
            EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: at.sasl,
            ...tls(),
            ...user({ ...ADA, password: 'wr0ng-passw0rd' }),
          }),
          /SASL PLAIN authentication failed: .*: check EVENT_BUS_KAFKA_API_KEY, EVENT_BUS_KAFKA_API_SECRET/,
        ],
        [
          'a wrong password by SCRAM',
          () => ({
            EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: at.sasl,
            EVENT_BUS_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
            ...tls(),
            ...user({ ...ADA, password: 'wr0ng-passw0rd' }),
          }),
          /SASL SCRAM SHA512 authentication failed: .*: check EVENT_BUS_KAFKA_API_KEY/,
        ],
        [
          'a mechanism that the broker does not have',
          () => ({ EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: at.oauth, ...tls(), ...user() }),
          /\(UNSUPPORTED_SASL_MECHANISM\): check .*EVENT_BUS_KAFKA_SASL_MECHANISM/,
        ],
        [
          'a wrong client secret',
          () => ({ ...oauth(), EVENT_BUS_KAFKA_OAUTH_CLIENT_SECRET: WRONG_SECRET }),
          /The token endpoint https:\/\/127\.0\.0\.1:\d+\/oauth2\/token answered 401 \(invalid_client: no client service:\*\*\* \(Basic \*\*\*\)\): check EVENT_BUS_KAFKA_OAUTH_CLIENT_ID/,
        ],
        [
          'a wrong scope',
          () => ({ ...oauth(), EVENT_BUS_KAFKA_OAUTH_SCOPE: 'all' }),
          /answered 400 \(invalid_scope\): check EVENT_BUS_KAFKA_OAUTH_SCOPE/,
        ],
        [
          'a token endpoint that is not trusted',
          () => ({ ...oauth(), EVENT_BUS_KAFKA_OAUTH_TLS_CA_FILE: made.stranger.caFile }),
          /The token endpoint .* has a certificate that this process does not trust: check EVENT_BUS_KAFKA_OAUTH_TLS_CA_FILE/,
        ],
        [
          'a wrong password for the registry',
          () => ({ ...registry(), EVENT_BUS_KAFKA_SCHEMA_REGISTRY_API_SECRET: 'wr0ng-passw0rd' }),
          /The schema registry at https:\S+ answered 401 "Unauthorized" .*: check EVENT_BUS_KAFKA_SCHEMA_REGISTRY_API_KEY and/,
        ],
        [
          'a registry that is not trusted',
          () => ({ ...registry(), EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS_CA_FILE: made.stranger.caFile }),
          /The schema registry at \S+ has a certificate that this process does not trust: check EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS_CA_FILE/,
        ],
        [
          'no client certificate for the registry',
          () => ({ ...registry(), EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: gates[1].url }),
          /The schema registry at \S+ refuses the client certificate, or requires one and got none: check EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS_CERT_FILE/,
        ],
        [
          'https for a registry without TLS',
          () => ({ EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: registryUrl.replace('http:', 'https:') }),
          /The schema registry at \S+ does not speak TLS, or no version that this process supports: check EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL/,
        ],
      ];

      it.concurrent.each(REFUSALS)('%s ends with 2 and one line', LONG, async (name, settings, line) => {
        await using bench = open(name, settings());
        await bench.ended(2, line);
      });

      const ABSENCES: typeof REFUSALS = [
        [
          'an unknown host',
          () => ({ EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: 'nowhere.invalid:9092' }),
          /could not reach the brokers at nowhere\.invalid:9092: .*ENOTFOUND.*\. Check EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS\./,
        ],
        [
          'a port where nobody listens',
          () => ({ EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:1' }),
          /could not reach the brokers at 127\.0\.0\.1:1: .*ECONNREFUSED.*\. Check EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS\./,
        ],
        [
          'a broker that wants TLS',
          () => ({ EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: at.tls }),
          /could not reach the brokers at .* when its use of TLS or SASL differs from the settings here.*: check EVENT_BUS_KAFKA_SECURITY_PROTOCOL/,
        ],
        [
          'an unknown host of the registry',
          () => ({ EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: 'https://nowhere.invalid/apis' }),
          /The schema registry at https:\/\/nowhere\.invalid\/apis cannot be found: there is no such host\. Check EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL\./,
        ],
        [
          'an unknown host of the token endpoint',
          () => ({ ...oauth(), EVENT_BUS_KAFKA_OAUTH_TOKEN_URL: 'https://nowhere.invalid/token' }),
          /The token endpoint https:\/\/nowhere\.invalid\/token cannot be found: there is no such host\. Check EVENT_BUS_KAFKA_OAUTH_TOKEN_URL\./,
        ],
      ];

      it.concurrent.each(ABSENCES)('%s ends with 10 and one line', LONG, async (name, settings, line) => {
        await using bench = open(name, settings());
        await bench.ended(10, line);
      });

      it.concurrent('a registry that is away is told, and keeps nothing from starting', LONG, async () => {
        await using bench = open('away', { EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' });
        await bench.ended(
          0,
          /^ERROR The schema registry does not answer; starting anyway, events wait until it does: error=".* does not answer: connect ECONNREFUSED/,
        );
      });

      it.concurrent(
        'a user without rights is told which one it lacks, and the consumer ends with 2',
        LONG,
        async () => {
          const settings = { EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: at.sasl, ...tls(), ...user(EVE) };
          await using bench = open('rights', settings);
          await makeTopic(kafka.bootstrapServers, bench.topic, 1);
          const consumer = bench.cli(['consume', '--topic', bench.topic, '--group', bench.group]);
          expect(await consumer.ended, consumer.lines.join('\n')).toBe(2);
          expect(consumer.lines.join('\n')).toMatch(
            /\(TOPIC_AUTHORIZATION_FAILED\): grant this user Read on the topic to consume, Write to publish/,
          );
          const app = bench.consumer('history-consumer');
          expect(await app.ended, app.lines.join('\n')).toBe(2);
          expect(app.lines.filter((line) => /^\s+at /.test(line))).toEqual([]);
        },
      );

      it.concurrent('a user who may read a topic and write nowhere is told what lets it publish', LONG, async () => {
        const settings = { EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: at.sasl, ...tls(), ...user(EVE) };
        await using bench = open('write', settings);
        await makeTopic(kafka.bootstrapServers, bench.topic, 1);
        await allowToRead(kafka.bootstrapServers, bench.topic, EVE.name);
        const producer = bench.cli(['produce', '--topic', bench.topic], { input: jsonLines(numbered(1)) });
        expect(await producer.ended, producer.lines.join('\n')).not.toBe(0);
        expect(producer.lines.join('\n')).toMatch(
          /could not publish to .* \(CLUSTER_AUTHORIZATION_FAILED\): grant this user Write on the topic, or IdempotentWrite on the cluster\./,
        );
      });

      it.concurrent('a topic that a user may not write to fails its own publishes alone, at once', LONG, async () => {
        const tail = randomBytes(4).toString('hex');
        const topics = { good: `good-${tail}`, forbidden: `forbidden-${tail}` };
        for (const topic of Object.values(topics)) await makeTopic(kafka.bootstrapServers, topic, 1);
        await allowToWrite(kafka.bootstrapServers, topics.good, WILL.name);
        const { name: username, password } = WILL;
        const publisher = kafkaBackend({ brokers: [at.plainSasl], sasl: { mechanism: 'PLAIN', username, password } });
        const publish = (topic: string, value: string) =>
          publisher.publish([{ topic, key: null, value: Buffer.from(value), headers: [] }]);
        const refused: Promise<unknown>[] = [];
        const positions: unknown[] = [];
        for (let n = 0; n < 100; n += 1) {
          const refusing = publish(topics.forbidden, `never ${n}`);
          refused.push(
            refusing.then(
              () => undefined,
              (error: unknown) => error,
            ),
          );
          positions.push(...(await publish(topics.good, `of ${n}`)));
        }
        for (const error of await Promise.all(refused)) {
          expect(error).toBeInstanceOf(RecordRefusedError);
          expect((error as Error).message).toBe(
            `Kafka: could not publish to ${topics.forbidden}: not authorized to access the topic (TOPIC_AUTHORIZATION_FAILED): ` +
              'grant this user Write on the topic.',
          );
        }
        await publisher.close();
        expect(positions).toEqual(Array.from({ length: 100 }, (_, n) => `0:${n}`));
        expect((await logOf(kafka.brokers, topics.good)).size).toBe(100);
      });

      it.concurrent(
        'files that are no certificates or keys are told together, before anything is asked',
        LONG,
        async () => {
          const noPem = join(folder, 'no.pem');
          writeFileSync(noPem, 'nothing in PEM');
          await using bench = open('files', {
            EVENT_BUS_KAFKA_TLS_CA_FILE: noPem,
            EVENT_BUS_KAFKA_TLS_CERT_FILE: join(folder, 'absent.crt'),
            EVENT_BUS_KAFKA_TLS_KEY_FILE: made.client.encryptedKeyFile,
            EVENT_BUS_KAFKA_TLS_KEY_PASSPHRASE: 'wr0ng-passw0rd',
            EVENT_BUS_REDIS_TLS_CERT_FILE: made.client.certFile,
            EVENT_BUS_REDIS_TLS_KEY_FILE: made.stranger.keyFile,
          });
          const command = bench.cli(['produce', '--topic', bench.topic]);
          expect(await command.ended).toBe(2);
          const said = command.lines.join('\n');
          expect(said).toMatch(
            /EVENT_BUS_KAFKA_TLS_CA_FILE: got ".*no\.pem"; allowed: .* PEM; it holds no certificate/,
          );
          expect(said).toMatch(/EVENT_BUS_KAFKA_TLS_CERT_FILE: got ".*absent\.crt"; .*ENOENT$/m);
          expect(said).toMatch(
            /EVENT_BUS_KAFKA_TLS_KEY_PASSPHRASE: got \(secret\); allowed: the passphrase of EVENT_BUS_KAFKA_TLS_KEY_FILE/,
          );
          expect(said).toMatch(
            /EVENT_BUS_REDIS_TLS_KEY_FILE: got ".*stranger\.key"; allowed: the key of the first certificate/,
          );
        },
      );
    });
  });
});
