// The internals of kafkajs 2.2 that the bus uses: its SASL mechanisms, and how it runs them on a connection.
declare module 'kafkajs/src/broker/saslAuthenticator/index.js' {
  import type { Mechanism, SASLOptions } from 'kafkajs';

  export interface Log {
    debug(): void;
    info(): void;
    warn(): void;
    error(): void;
    namespace(): Log;
  }

  /** A request in the form of kafkajs. */
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
    /** In ms; `0` if the broker never requires another authentication. */
    readonly sessionLifetime: string | number;
    authenticate(): Promise<void>;
  }
}
