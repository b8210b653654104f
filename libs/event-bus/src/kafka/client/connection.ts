import type { Socket } from 'node:net';
import { Queue } from '../../core/publish/queue.js';
import type { Api } from '../protocol/api.js';
import { API_VERSIONS } from '../protocol/api-versions.js';
import { refuse } from '../protocol/error-codes.js';
import { Reader } from '../protocol/reader.js';
import { Writer } from '../protocol/writer.js';
import type { Address } from './address.js';
import { authenticate, type Sasl } from './authentication.js';
import { ConnectionError } from './connection-error.js';
import { Frames } from './frames.js';
import { openSocket, type SocketOptions } from './socket.js';

/** The default time limit of a request, in ms. After it, the connection is closed. */
export const REQUEST_MS = 10_000;

export interface ConnectionOptions extends SocketOptions {
  readonly clientId: string;
  readonly sasl: Sasl | undefined;
  /** How long before its end an authentication is renewed, in ms. */
  readonly reauthenticationThresholdMs: number;
}

/** A request that waits for its response. */
interface Waiting {
  readonly correlationId: number;
  readonly timer: NodeJS.Timeout;
  resolve(body: Buffer): void;
  reject(error: Error): void;
}

type Named = Pick<Api<unknown, unknown>, 'key' | 'version' | 'name' | 'isFlexible'>;

/**
 * A connection to one broker. Requests are sent in the order of the calls, and the broker answers in that order.
 *
 * A request without a response in time closes the connection. Otherwise, behind a firewall that has dropped the
 * connection, the system would accept requests for a quarter of an hour.
 */
export class Connection {
  readonly address: Address;
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  readonly #frames = new Frames();
  readonly #waiting = new Queue<Waiting>();
  #versions: ReadonlyMap<number, { readonly min: number; readonly max: number }> = new Map();
  #correlationId = 0;
  #ended: ConnectionError | undefined;
  /** When to authenticate again, in monotonic time. */
  #authenticateAt = Infinity;
  #authenticating: Promise<void> | undefined;

  private constructor(address: Address, socket: Socket, options: ConnectionOptions) {
    this.address = address;
    this.#options = options;
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.once('error', (error: Error) => this.#end(error.message, error));
    const onClosed = () => this.#end('the broker closed the connection', undefined, true);
    socket.once('end', onClosed).once('close', onClosed);
  }

  /** Resolves after authentication, if the broker requires it. */
  static async open(address: Address, options: ConnectionOptions): Promise<Connection> {
    const connection = new Connection(address, await openSocket(address, options), options);
    try {
      await connection.#start();
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.#ended === undefined;
  }

  /**
   * Resolves with the response, including its error codes. Rejects with {@link ConnectionError} if the connection ended
   * or ends before the response, and with a `RangeError` if the response cannot be read.
   */
  async ask<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    { timeoutMs = REQUEST_MS }: { readonly timeoutMs?: number } = {},
  ): Promise<Response> {
    if (performance.now() >= this.#authenticateAt) this.#authenticating ??= this.#authenticate();
    if (this.#authenticating !== undefined) await this.#authenticating;
    const to = new Writer();
    api.write(to, request);
    const from = new Reader(await this.#send(api, to.finish(), timeoutMs));
    if (api.isFlexible === true) from.tags();
    return api.read(from);
  }

  /** Returns `undefined` if the broker supports this version of the request, else what it supports. */
  missing({ key, version, name }: Named): string | undefined {
    const taken = this.#versions.get(key);
    if (taken !== undefined && version >= taken.min && version <= taken.max) return undefined;
    return `${name} ${version} (it has ${taken === undefined ? 'none' : `${taken.min} to ${taken.max}`})`;
  }

  /** Closes the connection at once. Open requests reject. */
  close(): void {
    this.#end('this process closed the connection');
  }

  async #start(): Promise<void> {
    const { connectionTimeoutMs: timeoutMs } = this.#options;
    const { errorCode, apis } = await this.ask(API_VERSIONS, {}, { timeoutMs });
    refuse(errorCode);
    this.#versions = new Map(apis.map(({ key, min, max }) => [key, { min, max }]));
    if (this.#options.sasl !== undefined) await this.#authenticate();
  }

  async #authenticate(): Promise<void> {
    const { sasl, reauthenticationThresholdMs } = this.#options;
    if (sasl === undefined) return;
    try {
      const send = (request: Named, body: Buffer) => this.#send(request, body, REQUEST_MS);
      const lifetimeMs = await authenticate({ ...this.address, sasl, versions: this.#versions, send });
      // A session with a short lifetime is renewed after half of it.
      const marginMs = Math.min(reauthenticationThresholdMs, lifetimeMs / 2);
      this.#authenticateAt = lifetimeMs > 0 ? performance.now() + lifetimeMs - marginMs : Infinity;
    } catch (error) {
      this.#end('the broker refused the login', error);
      throw error;
    } finally {
      this.#authenticating = undefined;
    }
  }

  /** Resolves with the body of the response. For flexible requests it begins with the tagged fields of the header. */
  #send({ key, version, name, isFlexible = false }: Named, body: Buffer, timeoutMs: number): Promise<Buffer> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const correlationId = (this.#correlationId = (this.#correlationId + 1) % 2 ** 31);
    const head = new Writer(64).int16(key).int16(version).int32(correlationId).string(this.#options.clientId);
    if (isFlexible) head.noTags();
    const bytes = head.finish();
    const length = Buffer.allocUnsafe(4);
    length.writeInt32BE(bytes.length + body.length);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#end(`no answer to ${name} within ${timeoutMs} ms`), timeoutMs);
      this.#waiting.add({ correlationId, timer, resolve, reject });
      this.#socket.cork();
      this.#socket.write(length);
      this.#socket.write(bytes);
      this.#socket.write(body);
      this.#socket.uncork();
    });
  }

  #onData(chunk: Buffer): void {
    try {
      for (const frame of this.#frames.take(chunk)) this.#onFrame(frame);
    } catch (error) {
      this.#end('the server does not speak the Kafka protocol', error);
    }
  }

  #onFrame(frame: Buffer): void {
    const waiting = this.#waiting.take();
    if (waiting === undefined || frame.length < 4 || frame.readInt32BE(0) !== waiting.correlationId) {
      const error = new ConnectionError('the broker sent an answer that matches no request');
      if (waiting !== undefined) {
        clearTimeout(waiting.timer);
        waiting.reject(error);
      }
      throw error;
    }
    clearTimeout(waiting.timer);
    waiting.resolve(frame.subarray(4));
  }

  #end(why: string, cause?: unknown, isClosedByBroker = false): void {
    if (this.#ended !== undefined) return;
    const { host, port } = this.address;
    const options = { ...(cause === undefined ? {} : { cause }), isClosedByBroker };
    this.#ended = new ConnectionError(`${host}:${port}: ${why}`, options);
    this.#socket.on('error', () => undefined);
    this.#socket.destroy();
    for (let waiting = this.#waiting.take(); waiting !== undefined; waiting = this.#waiting.take()) {
      clearTimeout(waiting.timer);
      waiting.reject(this.#ended);
    }
  }
}
