import type { Broker, Cluster, Kafka } from 'kafkajs';

/** One request of the protocol, and how its answer is read, as kafkajs makes them. */
export interface ProtocolRequest {
  readonly request: {
    readonly apiVersion: number;
    /** What kafkajs sends, of which it uses the two names. */
    readonly encode: () => Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>;
  };
  readonly response: { decode(bytes: Buffer): Promise<unknown> };
}

/** The answer to a fetch, as far as it is looked at, whoever reads it. */
export interface Fetched {
  readonly responses: readonly {
    readonly partitions: readonly {
      readonly messages: readonly { readonly offset: string; readonly isControlRecord?: boolean }[];
    }[];
  }[];
}

type Change = (made: ProtocolRequest, parameters: unknown) => ProtocolRequest;

/** Numbers of requests: https://kafka.apache.org/protocol#protocol_api_keys */
export const PRODUCE = 0;
export const FETCH = 1;

/** Has `set` see each broker of the cluster before it is asked for something, again after every connect. */
export function onBrokers(cluster: Cluster, set: (broker: Broker) => void): void {
  const find = cluster.findBroker.bind(cluster);
  cluster.findBroker = async (asked) => {
    const broker = await find(asked);
    set(broker);
    return broker;
  };
}

/**
 * Makes a client of kafkajs, and has `set` see its cluster, which kafkajs keeps to itself. `false` in place of the client's being seen when
 * kafkajs does not make it as its version 2.2 does.
 */
export function withCluster<Made>(
  kafka: Kafka,
  make: () => Made,
  set: (cluster: Cluster) => void,
): { readonly made: Made; readonly isSeen: boolean } {
  const name = Object.getOwnPropertySymbols(kafka).find(({ description }) => description === CREATE_CLUSTER);
  if (name === undefined) return { made: make(), isSeen: false };
  const makers = kafka as unknown as Record<symbol, (options: unknown) => Cluster>;
  const create = makers[name];
  if (create === undefined) return { made: make(), isSeen: false };
  let isSeen = false;
  makers[name] = (options) => {
    const cluster = create(options);
    set(cluster);
    isSeen = true;
    return cluster;
  };
  try {
    const made = make();
    return { made, isSeen };
  } finally {
    makers[name] = create;
  }
}

const CREATE_CLUSTER = 'private:Kafka:createCluster';

/** Changes how kafkajs writes one request to this broker, or reads its answer. To be called after every connect, when kafkajs sets its own. */
export function changeRequest(broker: Broker, apiKey: number, change: Change): void {
  const at = broker as Broker & Partial<Requests>;
  const { lookupRequest } = at;
  if (typeof lookupRequest !== 'function') throw new Error('Kafka: this version of kafkajs is not known; 2.2 is.');
  const before = CHANGED.get(lookupRequest) ?? new Set();
  if (before.has(apiKey)) return;
  const lookup: Lookup = (key, versions) => {
    const make = lookupRequest(key, versions);
    return key === apiKey ? (parameters) => change(make(parameters), parameters) : make;
  };
  CHANGED.set(lookup, new Set([...before, apiKey]));
  at.lookupRequest = lookup;
}

/** How a kafkajs broker looks up a request; not in its types. */
interface Requests {
  lookupRequest: Lookup;
}

type Lookup = (apiKey: number, versions: unknown) => (parameters: unknown) => ProtocolRequest;

/** Which requests are changed in a lookup. */
const CHANGED = new WeakMap<Lookup, ReadonlySet<number>>();
