import { ScaledObject, TriggerAuthentication } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import { Deployment } from 'kubernetes-models/apps/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificates } from '../../tools/servers/index.mjs';
import { KEDA_NAMES } from './keda-names.js';
import { KAFKA, manifests, objectsIn, type Printable, type Printed, REDIS, triggersIn } from './manifests.js';
import { unknownFields } from './unknown-fields.js';

const MODELS: Readonly<Record<string, new (object: never) => { validate(): void }>> = {
  Deployment,
  PodDisruptionBudget,
  ScaledObject,
  TriggerAuthentication,
};

const SENTINELS = {
  sentinels: [{ host: 'a.example.org' }, { host: 'b.example.org', port: 26380 }],
  name: 'main',
  sentinelPassword: 's3cret',
};

const oauth = {
  EVENT_BUS_KAFKA_OAUTH_TOKEN_URL: 'https://idp.example.org/token',
  EVENT_BUS_KAFKA_OAUTH_CLIENT_ID: 'shop',
  EVENT_BUS_KAFKA_OAUTH_CLIENT_SECRET: 's3cret',
  EVENT_BUS_KAFKA_OAUTH_SCOPE: 'kafka',
  EVENT_BUS_KAFKA_OAUTH_EXTENSIONS: '{"logicalCluster":"lkc-1","identityPoolId":"pool-2"}',
};

/** File → the settings and arguments that print it. */
const GOLDEN: Readonly<Record<string, readonly [env: Readonly<Record<string, string>>, args?: readonly string[]]>> = {
  'redis.yaml': [{ ...REDIS, EVENT_BUS_TOPIC_PREFIX: 'prod', EVENTS_SERVICE_NAME: 'shop-$(HOSTNAME)' }],
  'redis-sentinel.yaml': [
    {
      EVENT_BUS_CONSUMER: 'redis',
      EVENT_BUS_REDIS_CONNECTION_URL: 'redis://:s3cret@ignored',
      EVENT_BUS_REDIS_CLIENT_OPTIONS: JSON.stringify(SENTINELS),
      EVENT_BUS_REDIS_EXCLUSIVE: 'true',
    },
  ],
  'redis-cluster.yaml': [
    {
      EVENT_BUS_CONSUMER: 'edx_event_bus_redis.RedisEventConsumer',
      EVENT_BUS_REDIS_CONNECTION_URL: 'redis://one.example.org',
      EVENT_BUS_REDIS_CLIENT_OPTIONS: JSON.stringify({
        clusterNodes: [{ host: 'one.example.org' }, 'two.example.org:7000'],
      }),
    },
    ['--namespace', 'events', '--name', 'shop', '--min', '1', '--max', '4', '--lag', '500', '--activation-lag', '5'],
  ],
  'kafka.yaml': [KAFKA, ['--max', '10']],
  'kafka-oauth.yaml': [
    { ...KAFKA, ...oauth, EVENT_BUS_CONSUMER_START: 'earliest', EVENT_BUS_CONSUMER_STOP_TIMEOUT: '61.5' },
    ['--max', '10', '--secret', 'shop'],
  ],
};

describe('event-bus manifests', () => {
  const printed = new Map<string, Printed>();
  const folder = mkdtempSync(join(tmpdir(), 'event-bus-manifests-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  beforeAll(async () => {
    const { caFile, client } = await certificates(join(folder, 'certificates'));
    const scram = {
      ...KAFKA,
      EVENT_BUS_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      EVENT_BUS_KAFKA_API_KEY: 'shop',
      EVENT_BUS_KAFKA_API_SECRET: 's3cret',
      EVENT_BUS_KAFKA_TLS_CA_FILE: caFile,
      EVENT_BUS_KAFKA_TLS_CERT_FILE: client.certFile,
      EVENT_BUS_KAFKA_TLS_KEY_FILE: client.keyFile,
    };
    const runs = { ...GOLDEN, 'kafka-scram.yaml': [scram, ['--max', '10']] as const };
    for (const [file, [env, args]] of Object.entries(runs)) printed.set(file, await manifests(env, args));
  });

  const FILES = [...Object.keys(GOLDEN), 'kafka-scram.yaml'];
  const textOf = (file: string) => printed.get(file)?.text ?? '';
  const all = () => FILES.flatMap((file) => [...objectsIn(textOf(file)).values()]);

  it.each(FILES)('prints %s', async (file) => {
    const { code, text, said } = printed.get(file) as Printed;
    expect({ code, said }).toEqual({ code: 0, said: '' });
    await expect(text).toMatchFileSnapshot(`../fixtures/manifests/${file}`);
  });

  it.each(FILES)('prints objects that Kubernetes and KEDA accept: %s', (file) => {
    for (const [kind, object] of objectsIn(textOf(file))) {
      const Model = MODELS[kind] as new (object: Printable) => { validate(): void };
      expect(() => new Model(object).validate(), kind).not.toThrow();
    }
  });

  it('prints no field that Kubernetes or KEDA do not know', () => {
    expect(unknownFields(all())).toEqual([]);
  });

  it.each(FILES)('prints only trigger metadata and parameters that KEDA knows: %s', (file) => {
    const authentication = objectsIn(textOf(file)).get('TriggerAuthentication')?.spec ?? {};
    const parameters = Object.values(authentication).flatMap((sources) =>
      (sources as readonly { readonly parameter: string }[]).map(({ parameter }) => parameter),
    );
    const triggers = triggersIn(textOf(file));
    expect(triggers.length).toBeGreaterThan(0);
    for (const { type, metadata } of triggers) {
      expect(KEDA_NAMES[type]?.metadata).toEqual(expect.arrayContaining(Object.keys(metadata)));
      expect(KEDA_NAMES[type]?.authentication).toEqual(expect.arrayContaining(parameters));
      expect(Object.values(metadata).filter((value) => typeof value !== 'string')).toEqual([]);
    }
  });

  it.each(FILES)('prints no secret and no path of this machine: %s', (file) => {
    expect(textOf(file)).not.toMatch(/s3cret|p%40ss|p@ss/);
    expect(textOf(file)).not.toContain(tmpdir());
  });

  it.each(FILES)('closes the traps of scaling by lag: %s', (file) => {
    const { spec } = objectsIn(textOf(file)).get('ScaledObject') as Printable;
    const triggers = triggersIn(textOf(file));
    expect(spec).toMatchObject({
      fallback: { behavior: 'currentReplicasIfHigher' },
      advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleDown: { stabilizationWindowSeconds: 300 } } } },
    });
    if (triggers[0]?.type === 'kafka') {
      expect(triggers).toHaveLength(1);
      expect(triggers[0].metadata).toMatchObject({
        topic: 'orders',
        consumerGroup: 'warehouse',
        offsetResetPolicy: file === 'kafka-oauth.yaml' ? 'earliest' : 'latest',
        activationLagThreshold: '0',
        scaleToZeroOnInvalidOffset: 'false',
      });
    } else {
      const counts = ['lagCount', 'pendingEntriesCount', 'activationLagCount', 'streamLength'];
      const counted = triggers.map(({ metadata }) => counts.filter((name) => name in metadata));
      expect(counted).toEqual([['lagCount', 'activationLagCount'], ['pendingEntriesCount']]);
    }
  });

  it('leaves the number of pods to KEDA, and gives a stop its budget and more', () => {
    const specs = FILES.map((file) => objectsIn(textOf(file)).get('Deployment')?.spec ?? {});
    expect(specs.filter((spec) => 'replicas' in spec)).toEqual([]);
    const grace = specs.map(({ template }) => template as { readonly spec: object }).map(({ spec }) => spec);
    expect(grace.at(FILES.indexOf('kafka.yaml'))).toMatchObject({ terminationGracePeriodSeconds: 30 });
    expect(grace.at(FILES.indexOf('kafka-oauth.yaml'))).toMatchObject({ terminationGracePeriodSeconds: 67 });
  });

  it.each([
    ['the embedded backend', {}, [], /EVENT_BUS_CONSUMER is embedded: .*cannot run in several pods/],
    ['an embedded producer', { ...REDIS, EVENT_BUS_PRODUCER: 'embedded' }, [], /EVENT_BUS_PRODUCER is embedded/],
    [
      'an unknown backend',
      {},
      ['--backend', 'rabbit'],
      /EVENT_BUS_CONSUMER: got "rabbit"; allowed: embedded, redis, kafka/,
    ],
    ['a backend without its settings', {}, ['--backend', 'kafka'], /EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: got nothing/],
    [
      'one static member for all pods',
      { ...KAFKA, EVENT_BUS_KAFKA_INSTANCE_ID: 'a' },
      ['--max', '3'],
      /EVENT_BUS_KAFKA_INSTANCE_ID: .* each needs its own/,
    ],
    [
      'a wrong health port',
      { ...REDIS, EVENT_BUS_HEALTH_PORT: 'on' },
      [],
      /EVENT_BUS_HEALTH_PORT: got "on"; allowed: a whole number/,
    ],
    ['a topic that cannot be', REDIS, ['--topic', 'a b'], /topic: got "a b"/],
    ['an empty group', REDIS, ['--group', ''], /group: got ""/],
    ['an image with a space', REDIS, ['--image', 'shop latest'], /Allowed: the name of an image/],
    ['an empty image', REDIS, ['--image', ''], /Allowed: the name of an image/],
    ['a name in capitals', REDIS, ['--name', 'Shop'], /Allowed: 1 to 54 lower-case letters/],
    ['a name that is too long', REDIS, ['--name', 'a'.repeat(55)], /Allowed: 1 to 54 lower-case letters/],
    ['a namespace with a dot', REDIS, ['--namespace', 'a.b'], /Allowed: 1 to 63 lower-case letters/],
    ['a wrong name of a Secret', REDIS, ['--secret', '-'], /Allowed: 1 to 63 lower-case letters/],
    ['a negative minimum', REDIS, ['--min', '-1'], /Allowed: a whole number from 0 to 1000/],
    ['a maximum of zero', REDIS, ['--max', '0'], /Allowed: a whole number from 1 to 1000/],
    ['a fraction of a pod', REDIS, ['--max', '2.5'], /Allowed: a whole number from 1 to 1000/],
    ['a minimum above the maximum', REDIS, ['--min', '11'], /--min: got 11; allowed: at most --max, 10 here/],
    ['a lag of zero', REDIS, ['--lag', '0'], /Allowed: a whole number from 1 to/],
    ['an activation lag that is no number', REDIS, ['--activation-lag', 'x'], /Allowed: a whole number from 0 to/],
    ['a further argument', REDIS, ['more'], /too many arguments/],
    ['an unknown option', REDIS, ['--replicas', '3'], /unknown option/],
  ])('refuses %s with exit code 2, and prints nothing', async (_, env, args, message) => {
    const { code, text, said } = await manifests(env, args);
    expect({ code, text }).toEqual({ code: 2, text: '' });
    expect(said).toMatch(message);
  });

  it('says what KEDA cannot do with the settings', async () => {
    const env = { ...KAFKA, EVENT_BUS_KAFKA_CLIENT_OPTIONS: '{"ssl":{}}', EVENT_BUS_CONSUMER_START: '2026-01-01' };
    const { code, text, said } = await manifests(env, ['--max', '3']);
    expect(code).toBe(0);
    expect(said).toMatch(/KEDA does not know ssl of EVENT_BUS_KAFKA_CLIENT_OPTIONS/);
    expect(said).toMatch(/KEDA knows no start at a time/);
    expect(triggersIn(text)[0]?.metadata['offsetResetPolicy']).toBe('earliest');
  });
});
