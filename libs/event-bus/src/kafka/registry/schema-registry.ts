import { setTimeout as pause } from 'node:timers/promises';
import { incompatibilities } from '../../avro/index.js';
import { delayMs } from '../../core/backoff.js';
import { AccessRefusedError, InvalidEventError, SettingsError, UnavailableError } from '../../core/errors.js';
import type { TlsOptions } from '../../core/tls.js';
import { http } from './http.js';
import { readAnswer, type RegistryAnswer } from './registry-answer.js';
import { schemaLookup } from './schema-lookup.js';
import { type SchemaSource, sourceLookup } from './schema-source.js';

/**
 * A Confluent-compatible schema registry, as codecs need it. Answers are cached forever, because registries do not
 * change ids.
 */
export interface SchemaRegistry {
  /**
   * Returns the id of the schema under the subject. Registers the exact text if it is missing. Retries a registry that
   * is away until the timeout.
   *
   * Rejects with `InvalidEventError` if the registry refuses the schema, else with `UnavailableError`.
   */
  idOf(subject: string, schema: string): number | Promise<number>;
  /**
   * Returns the text of the schema, with the types of schemas that it refers to.
   *
   * Rejects with `UnusableRecordError` if the schema cannot be used. Rejects at once with `UnavailableError` if the
   * registry is away, and for a while if it does not know the id.
   */
  schemaOf(id: number): string | Promise<string>;
  /**
   * The compatibility level of a subject, or the default level. `undefined` if the subject has no own level or this
   * user may not read it.
   */
  compatibility?(subject?: string): Promise<string | undefined>;
  /** Resolves if the registry answers and grants access. Rejects with `UnavailableError` if it is away. */
  ping?(): Promise<void>;
}

/** The options of {@link schemaRegistry}. */
export interface SchemaRegistryOptions {
  /** The URL with its base path. User and password in it apply if there is no `apiKey`. */
  readonly url: string;
  /** For basic authentication, with `apiSecret`. */
  readonly apiKey?: string;
  readonly apiSecret?: string;
  /** TLS options for an https URL. */
  readonly tls?: TlsOptions;
  /** How long registering is tried, in ms. Default 30,000. */
  readonly timeoutMs?: number;
  /**
   * How long an id that the registry does not know may still turn up, in ms. Default 30,000. Its nodes learn of it one
   * after the other.
   */
  readonly unknownIdMs?: number;
  /** Looks schemas up by id before the registry at `url` is asked. Registering is always done at `url`. */
  readonly source?: SchemaSource;
}

const REQUEST_MS = 10_000;
const CREDENTIALS = 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_API_KEY and EVENT_BUS_KAFKA_SCHEMA_REGISTRY_API_SECRET';
const SETTINGS = {
  url: 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL',
  ca: 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS_CA_FILE',
  cert: 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS_CERT_FILE and EVENT_BUS_KAFKA_SCHEMA_REGISTRY_TLS_KEY_FILE',
  protocol: 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL',
};
const BACKOFF = { initialMs: 100, maxMs: 2_000 };

/**
 * A registry with an HTTP interface. It reads and registers schemas. It never changes the configuration of a subject,
 * so subjects of other services stay as they are.
 */
export function schemaRegistry({
  url,
  apiKey,
  apiSecret,
  tls,
  timeoutMs = 30_000,
  unknownIdMs = 30_000,
  source,
}: SchemaRegistryOptions): SchemaRegistry {
  /** Schema → subject → id. */
  const ids = new Map<string, Map<string, number>>();
  const schemas = new Map<number, string>();
  const asking = new Map<string, Promise<unknown>>();
  const { base, authorization } = addressOf(url, apiKey, apiSecret);
  const what = `The schema registry at ${base}`;
  const ask = http({ what, tls, timeoutMs: REQUEST_MS, settings: SETTINGS });

  /** Concurrent callers with the same question share one request. */
  function once<Result>(question: string, ask: () => Promise<Result>): Promise<Result> {
    const known = asking.get(question) as Promise<Result> | undefined;
    if (known !== undefined) return known;
    const asked = ask().finally(() => asking.delete(question));
    asking.set(question, asked);
    return asked;
  }

  async function request(path: string, body?: unknown): Promise<RegistryAnswer> {
    const headers = { ...authorization, 'content-type': CONTENT_TYPE, accept: CONTENT_TYPE };
    const { status, text } = await ask(
      `${base}${path}`,
      body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) },
    );
    return readAnswer(status, text);
  }

  /** The error for an answer that is neither a success nor about the schema. */
  function unavailable(answer: RegistryAnswer, when: string): UnavailableError {
    const message = `${said(answer)} when ${when}`;
    if (answer.status !== 401 && answer.status !== 403) return new UnavailableError(message);
    return new AccessRefusedError(`${message}: check ${CREDENTIALS}.`);
  }

  async function register(subject: string, schema: string): Promise<number> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions`;
    const deadline = Date.now() + timeoutMs;
    for (let n = 1; ; n += 1) {
      try {
        const answer = await request(`${path}?normalize=False`, { schema, schemaType: 'AVRO', references: [] });
        if (answer.id !== undefined && answer.status < 300) return answer.id;
        if (answer.status === 409 || answer.status === 422) throw await refusal(subject, schema, answer);
        throw unavailable(answer, `asked to register subject ${subject}`);
      } catch (thrown) {
        const wait = delayMs(BACKOFF, n);
        if (!(thrown instanceof UnavailableError) || Date.now() + wait > deadline) throw thrown;
        await pause(wait);
      }
    }
  }

  async function refusal(subject: string, schema: string, answer: RegistryAnswer): Promise<InvalidEventError> {
    const latest = await request(`/subjects/${encodeURIComponent(subject)}/versions/latest`);
    const reasons =
      latest.schema === undefined ? [] : compare(latest.schema, schema, `version ${latest.version ?? ''}`);
    const ours = reasons.length === 0 ? '' : ` Compared with its latest version: ${reasons.join('; ')}.`;
    return new InvalidEventError(`${said(answer)} when asked to register subject ${subject}.${ours}`);
  }

  function said({ status, message }: RegistryAnswer): string {
    return `${what} answered ${status}${message === undefined ? '' : ` "${message}"`}`;
  }

  const ownLookup = schemaLookup({ what, request, unavailable, unknownIdMs });
  const lookUp = source === undefined ? ownLookup : sourceLookup(source, ownLookup);

  return {
    idOf(subject, schema) {
      const known = ids.get(schema)?.get(subject);
      if (known !== undefined) return known;
      return once(`${subject} ${schema}`, async () => {
        const id = await register(subject, schema);
        const bySubject = ids.get(schema) ?? new Map<string, number>();
        ids.set(schema, bySubject.set(subject, id));
        schemas.set(id, schema);
        return id;
      });
    },
    schemaOf: (id) =>
      schemas.get(id) ??
      once(`id ${id}`, async () => {
        const schema = await lookUp(id);
        schemas.set(id, schema);
        return schema;
      }),
    async compatibility(subject) {
      const path = subject === undefined ? '' : `/${encodeURIComponent(subject)}`;
      const { status, compatibilityLevel } = await request(`/config${path}`);
      return status < 300 ? compatibilityLevel : undefined;
    },
    async ping() {
      const answer = await request('/schemas/types');
      // Not every registry has this path. Access to it says nothing about access to schemas.
      if (answer.status < 400 || answer.status === 404) return;
      const error = unavailable(answer, 'asked for the schema types that it supports');
      throw answer.status === 403 ? new UnavailableError(error.message) : error;
    },
  };
}

const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';

function compare(latest: string, schema: string, called: string): readonly string[] {
  const ours = 'the new schema';
  try {
    return [
      ...incompatibilities({ writer: latest, reader: schema }, { writer: called, reader: ours }),
      ...incompatibilities({ writer: schema, reader: latest }, { writer: ours, reader: called }),
    ].map(({ path, rule, message }) => `${path}: ${rule}: ${message}`);
  } catch {
    return [];
  }
}

/** Splits the URL into an address and the user and password in it. */
function addressOf(
  url: string,
  apiKey = '',
  apiSecret = '',
): { readonly base: string; readonly authorization: Readonly<Record<string, string>> } {
  if (!URL.canParse(url)) throw new SettingsError('schemaRegistry: url: allowed is http:// or https:// with a host.');
  const { origin, pathname, username, password } = new URL(url);
  const user = apiKey === '' ? decodeURIComponent(username) : apiKey;
  const secret = apiKey === '' ? decodeURIComponent(password) : apiSecret;
  return {
    base: origin + pathname.replace(/\/+$/, ''),
    authorization: user === '' ? {} : { authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` },
  };
}
