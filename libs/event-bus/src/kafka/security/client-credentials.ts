import { AccessRefusedError, UnavailableError } from '../../core/errors.js';
import type { TlsOptions } from '../../core/tls.js';
import { http } from '../registry/http.js';

/** A token for SASL OAUTHBEARER. */
export interface OAuthToken {
  readonly value: string;
  /** Further fields for the broker, such as Confluent Cloud's `logicalCluster`. */
  readonly extensions?: Readonly<Record<string, string>>;
}

/**
 * Returns a valid token. It is called for each connection, and again before a token ends. `isRefused` means that a
 * broker refused the last one.
 */
export type OAuthTokenProvider = (isRefused: boolean) => Promise<OAuthToken>;

/** The options of {@link clientCredentials}. */
export interface ClientCredentialsOptions {
  /** The token endpoint. */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string;
  /** Extensions that are sent to the broker with each token. */
  readonly extensions?: Readonly<Record<string, string>>;
  /** TLS options for the token endpoint. */
  readonly tls?: TlsOptions;
  /** The timeout of a request, in ms. Default 10,000. */
  readonly timeoutMs?: number;
}

/**
 * A token is renewed when less than this is left, in ms, or half its life if that is shorter. kafkajs asks for the next
 * token 10 s before the end.
 */
const MARGIN_MS = 30_000;
/** The assumed life of a token if the endpoint does not state it, in ms. */
const UNSAID_MS = 60_000;
/** The maximum number of characters of a refusal that messages show. */
const MAX_SAID = 200;

/**
 * Tokens of an OAuth 2.0 token endpoint, by the client credentials grant (RFC 6749, 4.4) with HTTP basic
 * authentication.
 *
 * A token is cached until shortly before its end. Concurrent callers share one request.
 *
 * Rejects with `AccessRefusedError` if the endpoint refuses the client, else with `UnavailableError`. The caller that
 * makes the connection retries.
 */
export function clientCredentials(options: ClientCredentialsOptions): OAuthTokenProvider {
  const { url, extensions, timeoutMs = 10_000 } = options;
  const what = `The token endpoint ${shown(url)}`;
  const settings = {
    url: 'EVENT_BUS_KAFKA_OAUTH_TOKEN_URL',
    ca: 'EVENT_BUS_KAFKA_OAUTH_TLS_CA_FILE',
    protocol: 'EVENT_BUS_KAFKA_OAUTH_TOKEN_URL',
  };
  const ask = http({ what, tls: options.tls, timeoutMs, settings });
  let known: { readonly token: OAuthToken; readonly until: number } | undefined;
  let asking: Promise<OAuthToken> | undefined;

  async function request(): Promise<OAuthToken> {
    const began = Date.now();
    const { status, text } = await ask(url, grant(options));
    const answer = readAnswer(text);
    if (status >= 200 && status < 300 && answer.access_token !== undefined) {
      const token = { value: answer.access_token, ...(extensions === undefined ? {} : { extensions }) };
      const lifeMs = answer.expires_in === undefined ? UNSAID_MS : answer.expires_in * 1000;
      known = { token, until: began + lifeMs - Math.min(MARGIN_MS, lifeMs / 2) };
      return token;
    }
    const said = [answer.error, answer.error_description].filter((each) => each !== undefined).join(': ');
    const message = `${what} answered ${status}${said === '' ? '' : ` (${hidden(said, options).slice(0, MAX_SAID)})`}`;
    if (status >= 400 && status < 500 && !PASSING.has(status)) {
      const check = answer.error === 'invalid_scope' ? 'SCOPE' : 'CLIENT_ID, _CLIENT_SECRET and _TOKEN_URL';
      throw new AccessRefusedError(`${message}: check EVENT_BUS_KAFKA_OAUTH_${check}.`);
    }
    throw new UnavailableError(`${message}${status < 300 ? ' without a token' : ''}.`);
  }

  return (isRefused) => {
    if (isRefused) known = undefined;
    if (known !== undefined && Date.now() < known.until) return Promise.resolve(known.token);
    return (asking ??= request().finally(() => (asking = undefined)));
  };
}

/** Temporary errors: timeout, too early, too many requests. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

function grant({ scope, ...client }: ClientCredentialsOptions) {
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) });
  return {
    method: 'POST' as const,
    headers: {
      authorization: `Basic ${Buffer.from(credentials(client)).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
    body: form.toString(),
  };
}

/** Form-encodes both parts first, as RFC 6749, 2.3.1 requires. */
function credentials({ clientId, clientSecret }: Pick<ClientCredentialsOptions, 'clientId' | 'clientSecret'>): string {
  return `${formEncoded(clientId)}:${formEncoded(clientSecret)}`;
}

function formEncoded(text: string): string {
  return new URLSearchParams({ v: text }).toString().slice(2);
}

interface Answer {
  readonly access_token?: string;
  readonly expires_in?: number;
  readonly error?: string;
  readonly error_description?: string;
}

function readAnswer(text: string): Answer {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof body !== 'object' || body === null) return {};
  const { access_token, expires_in, error, error_description } = body as Record<string, unknown>;
  const seconds = Number(expires_in);
  return {
    ...(typeof access_token === 'string' ? { access_token } : {}),
    ...(expires_in !== undefined && seconds > 0 ? { expires_in: seconds } : {}),
    ...(typeof error === 'string' ? { error } : {}),
    ...(typeof error_description === 'string' ? { error_description } : {}),
  };
}

/** Hides secrets in the text: an endpoint may repeat what it was sent, plain or encoded. */
function hidden(said: string, { clientId, clientSecret }: ClientCredentialsOptions): string {
  const texts = [clientSecret, formEncoded(clientSecret), encodeURIComponent(clientSecret)];
  texts.push(formEncoded(clientSecret).replaceAll('+', '%20'));
  const bytes = [clientSecret, `${clientId}:${clientSecret}`, credentials({ clientId, clientSecret })];
  const base64 = bytes.flatMap((each) => {
    const padded = Buffer.from(each).toString('base64');
    return [padded, padded.replace(/=+$/, '')];
  });
  // Longer texts first, so that nothing remains of a text that contains another.
  const forms = [...texts, ...base64].toSorted((a, b) => b.length - a.length);
  return forms.reduce((rest, form) => rest.replaceAll(form, '***'), said);
}

function shown(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
