import type { Mechanism, SASLOptions } from 'kafkajs';
import SASLAuthenticator, { type KafkajsRequest } from 'kafkajs/src/broker/saslAuthenticator/index.js';
import type { Address } from './address.js';

export type Sasl = SASLOptions | Mechanism;

export interface AuthenticationOptions extends Address {
  readonly sasl: Sasl;
  /** Which versions the broker takes, by the keys of requests. */
  readonly versions: ReadonlyMap<number, { readonly min: number; readonly max: number }>;
  /** Sends the body of a request, and resolves with that of its answer. */
  readonly send: (request: Asked, body: Buffer) => Promise<Buffer>;
}

interface Asked {
  readonly key: number;
  readonly version: number;
  readonly name: string;
}

/** Says to the broker who we are, by a mechanism of kafkajs or one that was given. Resolves with how long that is good for, in ms; 0 is for ever. */
export async function authenticate({ sasl, host, port, versions, send }: AuthenticationOptions): Promise<number> {
  const connection = {
    host,
    port,
    // kafkajs writes into it.
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
