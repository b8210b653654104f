import type { Authenticator, AuthenticationProviderArgs, Mechanism, SASLOptions } from 'kafkajs';
import { asError } from '../../core/backoff.js';
import { AccessRefusedError, UnavailableError } from '../../core/errors.js';
import type { OAuthToken, OAuthTokenProvider } from './client-credentials.js';
import type { KafkaSasl } from './credentials.js';

/** Returns the credentials in kafkajs's form. */
export function saslOptions(sasl: KafkaSasl): SASLOptions | Mechanism {
  if (sasl.mechanism === 'OAUTHBEARER') return oauthBearer(sasl.token);
  const { username, password } = sasl;
  // kafkajs's names of the mechanisms. kafkajs writes into this object.
  return { mechanism: sasl.mechanism.toLowerCase() as 'plain', username, password };
}

/**
 * The mechanism of RFC 7628. kafkajs's own one does not read the broker's answer, so a refused token would show only as
 * a closed connection at the next request.
 */
function oauthBearer(provider: OAuthTokenProvider): Mechanism {
  let isRefused = false;
  const authenticate = async ({ host, port, saslAuthenticate }: AuthenticationProviderArgs): Promise<void> => {
    const token = await tokenOf(provider, isRefused);
    const send = (text: string) => saslAuthenticate({ request: request(text), response: RESPONSE });
    const refusal = (await send(firstMessage(token))) ?? '';
    isRefused = refusal !== '';
    if (!isRefused) return;
    // The broker waits for this before it refuses.
    await send(SEPARATOR).catch(() => undefined);
    throw new AccessRefusedError(
      `Kafka: broker ${host}:${port} refuses the OAuth token (${statusOf(refusal)}): check the scope and the issuer, EVENT_BUS_KAFKA_OAUTH_SCOPE and _TOKEN_URL.`,
    );
  };
  return {
    mechanism: 'OAUTHBEARER',
    authenticationProvider: (given): Authenticator => ({ authenticate: () => authenticate(given) }),
  };
}

async function tokenOf(provider: OAuthTokenProvider, isRefused: boolean): Promise<OAuthToken> {
  try {
    return await provider(isRefused);
  } catch (thrown) {
    if (thrown instanceof UnavailableError) throw thrown;
    const cause = asError(thrown);
    throw new UnavailableError(`Kafka: could not get an OAuth token: ${cause.message}`, { cause });
  }
}

const SEPARATOR = '\u0001';

function firstMessage({ value, extensions = {} }: OAuthToken): string {
  const fields = Object.entries({ auth: `Bearer ${value}`, ...extensions });
  return `n,,${SEPARATOR}${fields.map(([name, text]) => `${name}=${text}${SEPARATOR}`).join('')}${SEPARATOR}`;
}

/** Frames bytes as the protocol does: the length, then the bytes. */
function request(text: string) {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return { encode: () => Buffer.concat([length, bytes]) };
}

/** Strips the length. The rest is empty, unless the broker refuses the token. */
const RESPONSE = { decode: (raw: Buffer) => raw.subarray(4), parse: (bytes: Buffer) => bytes.toString() };

/** Returns the broker's status only, because the rest may repeat secrets. */
function statusOf(refusal: string): string {
  return /"status"\s*:\s*"(\w+)"/.exec(refusal)?.[1] ?? 'without a reason';
}
