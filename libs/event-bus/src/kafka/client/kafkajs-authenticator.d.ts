// What is used of kafkajs 2.2 besides its public entry: its mechanisms of SASL, and how it puts them on a connection.
declare module 'kafkajs/src/broker/saslAuthenticator/index.js' {
  import type { Mechanism, SASLOptions } from 'kafkajs';

  export interface Log {
    debug(): void;
    info(): void;
    warn(): void;
    error(): void;
    namespace(): Log;
  }

  /** A request as kafkajs makes it. */
  export interface KafkajsRequest {
    readonly request: {
      readonly apiKey: number;
      readonly apiVersion: number;
      readonly apiName: string;
      readonly encode: () => Promise<{ readonly buffer: Buffer }>;
    };
    readonly response: {
      readonly decode: (payload: Buffer) => Promise<unknown>;
      readonly parse: (answer: unknown) => Promise<unknown>;
    };
  }

  export interface AuthenticatedConnection {
    readonly host: string;
    readonly port: number;
    readonly sasl: SASLOptions | Mechanism;
    send(message: KafkajsRequest): Promise<unknown>;
  }

  export default class SASLAuthenticator {
    constructor(
      connection: AuthenticatedConnection,
      logger: Log,
      versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>,
      supportsAuthenticate: boolean,
    );
    /** In ms, a text; `0` when the broker asks for no other authentication later. */
    readonly sessionLifetime: string | number;
    authenticate(): Promise<void>;
  }
}
