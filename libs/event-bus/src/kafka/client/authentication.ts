import type { Mechanism, SASLOptions } from 'kafkajs';
import SASLAuthenticator, { type KafkajsRequest } from 'kafkajs/src/broker/saslAuthenticator/index.js';
import type { Address } from './address.js';

export type Sasl = SASLOptions | Mechanism;

export interface AuthenticationOptions extends Address {
  readonly sasl: Sasl;
  /** The versions that the broker supports, by API key. */
  readonly versions: ReadonlyMap<number, { readonly min: number; readonly max: number }>;
  /** Sends the body of a request. Resolves with the body of the response. */
  readonly send: (request: Asked, body: Buffer) => Promise<Buffer>;
}

interface Asked {
  readonly key: number;
  readonly version: number;
  readonly name: string;
}

/**
 * Authenticates with a SASL mechanism of kafkajs or a custom one. Resolves with the lifetime of the session in ms; 0
 * means unlimited.
 */
export async function authenticate({ sasl, host, port, versions, send }: AuthenticationOptions): Promise<number> {
  const connection = {
    host,
    port,
    // A copy, because kafkajs changes it.
    sasl: { ...sasl },
    async send({ request, response }: KafkajsRequest): Promise<unknown> {
      const { apiKey: key, apiVersion: version, apiName: name, encode } = request;
      const answer = await send({ key, version, name }, (await encode()).buffer);
      return response.parse(await response.decode(answer));
    },
  };
  const ranges = [...versions].map(([key, { min, max }]) => [key, { minVersion: min, maxVersion: max }] as const);
  const authenticator = new SASLAuthenticator(connection, SILENT, Object.fromEntries(ranges), true);
  await authenticator.authenticate();
  return Number(authenticator.sessionLifetime);
}

const nothing = () => undefined;
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing, namespace: () => SILENT };
