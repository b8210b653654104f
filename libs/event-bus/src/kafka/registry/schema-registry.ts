import { setTimeout as pause } from 'node:timers/promises';
import { incompatibilities } from '../../avro/index.js';
import { delayMs } from '../../core/backoff.js';
import { AccessRefusedError, InvalidEventError, SettingsError, UnavailableError } from '../../core/errors.js';
import type { TlsOptions } from '../../core/tls.js';
import { http } from './http.js';
import { readAnswer, type RegistryAnswer } from './registry-answer.js';
import { schemaLookup } from './schema-lookup.js';

/** What a codec needs of a Confluent-compatible schema registry. What was learnt once is known for ever: registries do not change ids. */
export interface SchemaRegistry {
  /**
   * The id of the schema under the subject; registers the text, exactly as it is, when it is not there. A registry that is away is asked
   * again until the timeout. Rejects with `InvalidEventError` when the registry refuses the schema, or with `UnavailableError`.
   */
  idOf(subject: string, schema: string): number | Promise<number>;
  /**
   * The schema's text, with the types of others that it refers to. Rejects with `UnusableRecordError` when it cannot be used, or at once with
   * `UnavailableError`, also for a while when there is no such id.
   */
  schemaOf(id: number): string | Promise<string>;
  /** Resolves when the registry answers and knows us. Rejects with `UnavailableError`. */
  ping?(): Promise<void>;
}

export interface SchemaRegistryOptions {
  /** With its base path, if it has one; user and password in it count where there is no `apiKey`. */
  readonly url: string;
  /** With `apiSecret`: basic authentication. */
  readonly apiKey?: string;
  readonly apiSecret?: string;
  /** How to speak TLS, where the URL begins with https. */
  readonly tls?: TlsOptions;
  /** How long registering may be tried, in ms. Default 30,000. */
  readonly timeoutMs?: number;
  /** How long an id that the registry does not know may yet turn up, as its nodes learn of it one after the other, in ms. Default 30,000. */
  readonly unknownIdMs?: number;
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
 * A registry by its HTTP interface. It registers and reads; it never writes a subject's configuration, so subjects that other services
 * made stay as they are.
 */
export function schemaRegistry({
  url,
  apiKey,
  apiSecret,
  tls,
  timeoutMs = 30_000,
  unknownIdMs = 30_000,
}: SchemaRegistryOptions): SchemaRegistry {
  /** By schema, then by subject. */
  const ids = new Map<string, Map<string, number>>();
  const schemas = new Map<number, string>();
  const asking = new Map<string, Promise<unknown>>();
  const { base, authorization } = addressOf(url, apiKey, apiSecret);
  const what = `The schema registry at ${base}`;
  const ask = http({ what, tls, timeoutMs: REQUEST_MS, settings: SETTINGS });

  /** Whoever asks for the same at the same time gets the same answer. */
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

  /** What an answer means that is neither the one hoped for nor about the schema. */
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
        throw unavailable(answer, `subject ${subject} was to be registered`);
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
    return new InvalidEventError(`${said(answer)} when subject ${subject} was to be registered.${ours}`);
  }

  function said({ status, message }: RegistryAnswer): string {
    return `${what} answered ${status}${message === undefined ? '' : ` "${message}"`}`;
  }

  const lookUp = schemaLookup({ what, request, unavailable, unknownIdMs });

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
    async ping() {
      const answer = await request('/schemas/types');
      // Not every registry has it, and who may ask for it does not say who may ask for schemas.
      if (answer.status < 400 || answer.status === 404) return;
      const error = unavailable(answer, 'it was asked what it can do');
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

/** The URL without user and password, and what they become. */
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
