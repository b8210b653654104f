import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newMetadata } from 'nest-event-bus/core';
import { clientCredentials, confluentCodec, kafka, schemaRegistry } from 'nest-event-bus/kafka';
import { until } from 'nest-event-bus/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Certificates, certificates, type Kafka } from '../../tools/servers/index.mjs';
import { NUMBERED } from '../apps/src/events.js';
import { kafkaEnv } from '../support/kafka.js';
import { callsIn } from '../support/numbered.js';
import { requires } from '../support/requirements.js';
import { openSecured } from '../support/secured.js';
import { tokenEndpoint } from '../support/token-endpoint.js';

const CLIENT = { id: 'service', secret: 'client-s3cret', scope: 'events' };
/** The validity of a token, in s. The client renews it 1.5 s before the end. */
const LIFE_S = 4;
const EARLY = { reauthenticationThreshold: 1_500 };
const LIVES = 3;

await requires('kafka-secured', 'OAuth tokens of', async (startKafka) => {
  await requires('registry', 'that end soon', (startRegistry) => {
    describe.each(['3.9', '4.1'] as const)('Kafka %s', (version) => {
      let folder: string;
      let made: Certificates;
      let registry: string;
      let server: Kafka;

      beforeAll(async () => {
        folder = mkdtempSync(join(tmpdir(), 'event-bus-oauth-'));
        made = await certificates(folder);
        const users = [{ name: CLIENT.id, password: 'not-used', isAdmin: true }];
        const security = { certificates: made, users, sessionMs: 3_600_000 };
        [server, registry] = await Promise.all([startKafka({ version, security }), startRegistry()]);
      }, 120_000);
      afterAll(async () => {
        await server.clear();
        rmSync(folder, { recursive: true });
      });

      it(
        'are renewed while events go in and out, and waited for when the endpoint is away',
        { timeout: 90_000 },
        async () => {
          const [ours, theirs] = await Promise.all([1, 2].map(() => tokenEndpoint(made, CLIENT, { lifeS: LIFE_S })));
          if (ours === undefined || theirs === undefined) throw new Error('There is no token endpoint.');
          const brokers = server.secured?.oauth ?? '';
          const settings = {
            ...kafkaEnv(brokers, registry),
            EVENT_BUS_KAFKA_OAUTH_TOKEN_URL: theirs.url,
            EVENT_BUS_KAFKA_OAUTH_CLIENT_ID: CLIENT.id,
            EVENT_BUS_KAFKA_OAUTH_CLIENT_SECRET: CLIENT.secret,
            EVENT_BUS_KAFKA_OAUTH_SCOPE: CLIENT.scope,
            EVENT_BUS_KAFKA_OAUTH_TLS_CA_FILE: made.caFile,
            EVENT_BUS_KAFKA_TLS_CA_FILE: made.caFile,
            EVENT_BUS_KAFKA_CLIENT_OPTIONS: JSON.stringify(EARLY),
            EVENT_BUS_KAFKA_CONSUMER_POLL_FAILURE_SLEEP: '0.2',
          };
          await using bench = openSecured('renewal', settings, () => [CLIENT.secret, ...ours.tokens, ...theirs.tokens]);
          const history = join(bench.folder, 'history.jsonl');
          const tls = { ca: readFileSync(made.caFile, 'utf8') };
          const token = clientCredentials({
            url: ours.url,
            clientId: CLIENT.id,
            clientSecret: CLIENT.secret,
            scope: CLIENT.scope,
            tls,
          });
          const backend = kafka({
            brokers: [brokers],
            tls,
            sasl: { mechanism: 'OAUTHBEARER', token },
            client: EARLY,
          });
          const codec = confluentCodec({ definitions: [NUMBERED], registry: schemaRegistry({ url: registry }) });
          let seq = 0;
          const publish = async () => {
            const metadata = newMetadata({ type: NUMBERED.type, minorversion: 0, service: 'test' });
            const data = { number: { key: 'k', seq: seq++, note: null } };
            const record = await codec.encode({ definition: NUMBERED, metadata, data }, 'number.key', bench.topic);
            await backend.publish([{ topic: bench.topic, ...record }]);
          };
          try {
            const consumer = bench.consumer('history-consumer', { env: { HISTORY: history } });
            await consumer.says(/Consuming:/);
            const began = [ours.given(), theirs.given()] as const;
            await until(
              async () => {
                await publish();
                return ours.given() - began[0] >= LIVES && theirs.given() - began[1] >= LIVES;
              },
              { withinMs: 40_000, what: () => `tokens: ${ours.given()} and ${theirs.given()} were given` },
            );
            await until(() => callsIn(history).length === seq, { withinMs: 10_000, what: 'the events' });
            expect(callsIn(history).map((call) => call.seq)).toEqual(Array.from({ length: seq }, (_, n) => n));
            expect(consumer.lines.filter((line) => /WARN|ERROR|lost|again/i.test(line))).toEqual([]);
            // One request per token, not one per connection or per request.
            expect(theirs.given()).toBeLessThan(5 * LIVES);

            theirs.fail(503);
            await consumer.says(/ERROR .*The token endpoint \S+ answered 503\./, 20_000);
            theirs.fail(undefined);
            await publish();
            await until(() => callsIn(history).some((call) => call.seq === seq - 1), {
              withinMs: 20_000,
              what: 'the last event',
            });
            expect(await consumer.stop()).toBe(0);
          } finally {
            await backend.close();
            ours.close();
            theirs.close();
          }
        },
      );
    });
  });
});
