import { parseAllDocuments } from 'yaml';
import { vi } from 'vitest';
import { main } from '../../libs/event-bus/dist/cli/main.js';

/** What `event-bus manifests` said. */
export interface Printed {
  readonly code: number;
  readonly text: string;
  /** Standard error. */
  readonly said: string;
}

export const REDIS = {
  EVENT_BUS_CONSUMER: 'redis',
  EVENT_BUS_REDIS_CONNECTION_URL: 'rediss://events:p%40ss@redis.example.org:6380/2',
} as const;

export const KAFKA = {
  EVENT_BUS_CONSUMER: 'kafka',
  EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: 'one.example.org:9092,two.example.org:9092',
  EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: 'http://user:s3cret@registry.example.org:8081',
} as const;

/**
 * Runs `event-bus manifests` for topic `orders` and group `warehouse`, with further arguments, in this process: a
 * process for each of the many calls would take a second. Calls must not overlap.
 */
export async function manifests(env: Readonly<Record<string, string>>, args: readonly string[] = []): Promise<Printed> {
  const before = process.env;
  const written = { stdout: '', stderr: '' };
  const spies = [
    ...(['stdout', 'stderr'] as const).map((stream) =>
      vi.spyOn(process[stream], 'write').mockImplementation((text) => {
        written[stream] += String(text);
        return true;
      }),
    ),
    vi.spyOn(console, 'error').mockImplementation((text: string) => void (written.stderr += text)),
  ];
  process.env = { PATH: before['PATH'], ...env };
  try {
    const given = ['--topic', 'orders', '--group', 'warehouse', '--image', 'registry.example.org/shop:1.4.2', ...args];
    const code = await main(['manifests', ...given]);
    return { code, text: written.stdout, said: written.stderr };
  } finally {
    process.env = before;
    for (const spy of spies) spy.mockRestore();
  }
}

export interface Printable {
  readonly kind: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Returns the objects in a YAML text by their kind. */
export function objectsIn(text: string): ReadonlyMap<string, Printable> {
  const objects = parseAllDocuments(text).map((document) => document.toJS() as Printable);
  return new Map(objects.map((object) => [object.kind, object]));
}

/** A trigger of a ScaledObject. */
export interface Trigger {
  readonly type: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly authenticationRef?: { readonly name: string };
}

/** The triggers in a YAML text, in their order. */
export function triggersIn(text: string): readonly Trigger[] {
  return (objectsIn(text).get('ScaledObject')?.spec['triggers'] ?? []) as readonly Trigger[];
}
