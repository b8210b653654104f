import { UnavailableError } from '../../core/errors.js';
import type { Api } from '../protocol/api.js';
import { errorName, ProtocolError } from '../protocol/error-codes.js';
import { FETCH } from '../protocol/fetch.js';
import { FIND_COORDINATOR } from '../protocol/find-coordinator.js';
import { INIT_PRODUCER_ID } from '../protocol/init-producer-id.js';
import { METADATA } from '../protocol/metadata.js';
import { OFFSET_COMMIT } from '../protocol/offset-commit.js';
import { PRODUCE } from '../protocol/produce.js';
import type { Address } from './address.js';
import { Connection, type ConnectionOptions } from './connection.js';
import { ConnectionError } from './connection-error.js';
import { type Topic, Topics } from './topics.js';

export interface ClusterOptions extends ConnectionOptions {
  /** The first brokers to ask. They tell the addresses of the others. */
  readonly seeds: readonly Address[];
}

export interface AskOptions {
  /** The time limit of the response, in ms. */
  readonly timeoutMs?: number;
  /**
   * Requests of one channel to one broker share a connection, and are answered in their order. A request that may wait
   * long needs its own channel. Default `control`.
   */
  readonly channel?: string;
}

/** How long to wait for one broker before asking the next, in ms. */
const ANY_MS = 3_000;

/**
 * The connections to the brokers of one cluster, and its known topics.
 *
 * Each part of the backend has its own `Cluster`, so that it neither waits for the connections of another part nor
 * loses them. Nothing connects before the first request.
 */
export class Cluster {
  readonly topics = new Topics();
  readonly #options: ClusterOptions;
  readonly #brokers = new Map<number, Address>();
  /** The last known address of each broker, including brokers that are away. */
  readonly #addresses = new Map<number, Address>();
  readonly #connections = new Map<string, Promise<Connection>>();
  /** The broker that answered last. It is asked first. */
  #lastAnswered: Address | undefined;
  #turn = 0;
  #isClosed = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
  }

  /** The known brokers, by their ids. */
  get brokers(): ReadonlyMap<number, Address> {
    return this.#brokers;
  }

  /**
   * Asks one broker. Rejects with {@link ConnectionError} if the broker is unknown, unreachable or does not answer.
   */
  async ask<Request, Response>(
    nodeId: number,
    api: Api<Request, Response>,
    request: Request,
    { channel = 'control', timeoutMs }: AskOptions = {},
  ): Promise<Response> {
    const address = this.#brokers.get(nodeId);
    if (address === undefined) throw new ConnectionError(`broker ${nodeId} is not known`);
    const connection = await this.#connection(address, channel);
    return connection.ask(api, request, timeoutMs === undefined ? {} : { timeoutMs });
  }

  /** Asks the brokers one after the other until one answers. Rejects with the last error. */
  async askAny<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    timeoutMs = ANY_MS,
  ): Promise<Response> {
    let last: unknown;
    for (const address of this.#candidates()) {
      try {
        const connection = await this.#connection(address, 'control');
        const answer = await connection.ask(api, request, { timeoutMs });
        this.#lastAnswered = address;
        return answer;
      } catch (error) {
        if (this.#isClosed) throw error;
        if (this.#lastAnswered === address) this.#lastAnswered = undefined;
        last = error;
      }
    }
    throw last;
  }

  /** Looks up these topics at one broker, in their order, and updates `topics`. */
  async refresh(topics: readonly string[]): Promise<readonly Topic[]> {
    const { brokers, topics: found } = await this.askAny(METADATA, { topics });
    if (brokers.length > 0) {
      this.#brokers.clear();
      for (const { nodeId, host, port } of brokers) this.#learn(nodeId, { host, port });
    }
    const byName = new Map(found.map((each) => [each.name, this.topics.learn(each)]));
    return topics.flatMap((name) => byName.get(name) ?? []);
  }

  /**
   * Looks up the id of the broker that coordinates the group. Rejects with a `ProtocolError`, which is usually
   * temporary.
   */
  async coordinatorOf(group: string): Promise<number> {
    const answer = await this.askAny(FIND_COORDINATOR, { group });
    const problem = errorName(answer.errorCode);
    if (problem !== undefined) throw new ProtocolError(problem, answer.errorMessage);
    this.#learn(answer.nodeId, { host: answer.host, port: answer.port });
    return answer.nodeId;
  }

  /** Closes the connection of this channel to the broker, if there is one. Its open requests reject. */
  async dropConnection(nodeId: number, channel: string): Promise<void> {
    const address = this.#addresses.get(nodeId);
    if (address === undefined) return;
    const connection = await this.#connections.get(keyOf(address, channel))?.catch(() => undefined);
    connection?.close();
  }

  /** Closes all connections at once. Open requests reject. */
  close(): void {
    this.#isClosed = true;
    for (const opening of this.#connections.values()) void opening.then((connection) => connection.close(), nothing);
    this.#connections.clear();
  }

  #learn(nodeId: number, address: Address): void {
    this.#brokers.set(nodeId, address);
    this.#addresses.set(nodeId, address);
  }

  #candidates(): readonly Address[] {
    const known = [...this.#brokers.values()];
    this.#turn += 1;
    const from = known.length === 0 ? 0 : this.#turn % known.length;
    const all = [this.#lastAnswered, ...known.slice(from), ...known.slice(0, from), ...this.#options.seeds];
    const seen = new Set<string>();
    return all.filter((address): address is Address => {
      if (address === undefined || seen.has(keyOf(address))) return false;
      seen.add(keyOf(address));
      return true;
    });
  }

  async #connection(address: Address, channel: string): Promise<Connection> {
    if (this.#isClosed) throw new UnavailableError('Kafka: the connections are closed.');
    const key = keyOf(address, channel);
    const known = this.#connections.get(key);
    if (known !== undefined) {
      const connection = await known;
      if (connection.isOpen) return connection;
      if (this.#connections.get(key) !== known) return this.#connection(address, channel);
    }
    const opening = this.#open(address);
    this.#connections.set(key, opening);
    try {
      return await opening;
    } catch (error) {
      if (this.#connections.get(key) === opening) this.#connections.delete(key);
      throw error;
    }
  }

  /** A method, so that TypeScript expects a new value after an `await`. */
  #hasClosed(): boolean {
    return this.#isClosed;
  }

  async #open(address: Address): Promise<Connection> {
    const connection = await Connection.open(address, this.#options);
    const missing = SPOKEN.flatMap((api) => connection.missing(api) ?? []);
    if (missing.length === 0 && !this.#hasClosed()) return connection;
    connection.close();
    if (missing.length === 0) throw new UnavailableError('Kafka: the connections are closed.');
    throw new UnavailableError(
      `Kafka: broker ${keyOf(address)} is not supported (Kafka 3.9 and 4 are): it lacks ${missing.join('; ')}.`,
    );
  }
}

/** Requests that every broker must support. The other requests are as old as these. */
const SPOKEN = [METADATA, PRODUCE, FETCH, INIT_PRODUCER_ID, FIND_COORDINATOR, OFFSET_COMMIT];

function keyOf({ host, port }: Address, channel = ''): string {
  return `${host}:${port}${channel === '' ? '' : ` ${channel}`}`;
}

const nothing = () => undefined;
