import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Service {
  readonly image: string;
  readonly ports: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck: { readonly test: readonly string[]; readonly retries: number };
}

interface Compose {
  readonly services: Readonly<Record<'kafka' | 'registry' | 'redis', Service>>;
  readonly volumes: Readonly<Record<string, null>>;
}

const path = resolve(import.meta.dirname, '../../docker-compose.yml');
const { services, volumes } = parse(readFileSync(path, 'utf8'), { strict: true }) as Compose;

describe('docker-compose.yml', () => {
  it('names the brokers and nothing else', () => {
    expect(Object.keys(services)).toEqual(['kafka', 'registry', 'redis']);
  });

  it.each(Object.entries(services))(
    '%s has a fixed version, a health check, and ports for this machine only',
    (_, service) => {
      expect(service.image).toMatch(/^[a-z/-]+:\d+\.\d+[\w.-]*$/);
      expect(service.healthcheck.test[0]).toBe('CMD');
      expect(service.healthcheck.retries).toBeGreaterThan(0);
      for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    },
  );

  it('declares the volumes that services use', () => {
    const used = Object.values(services).flatMap((service) => service.volumes ?? []);
    expect(used.map((volume) => volume.replace(/:.*/, ''))).toEqual(Object.keys(volumes));
  });

  it('lets the registry find Kafka once Kafka is ready', () => {
    const { environment, depends_on } = services.registry;
    expect(depends_on).toEqual({ kafka: { condition: 'service_healthy' } });
    const address = String(environment?.['APICURIO_KAFKASQL_BOOTSTRAP_SERVERS']);
    expect(String(services.kafka.environment?.['KAFKA_ADVERTISED_LISTENERS'])).toContain(`//${address}`);
  });

  it('gives every Kafka listener a protocol', () => {
    const names = (setting: string, end: string) =>
      String(services.kafka.environment?.[setting])
        .split(',')
        .map((entry) => entry.slice(0, entry.indexOf(end)));
    expect(names('KAFKA_LISTENERS', ':')).toEqual(names('KAFKA_LISTENER_SECURITY_PROTOCOL_MAP', ':'));
  });

  it('lets Redis keep what was published, and never evict a stream', () => {
    expect(services.redis.command?.join(' ')).toContain('--appendonly yes');
    expect(services.redis.command?.join(' ')).toContain('--maxmemory-policy noeviction');
  });
});
