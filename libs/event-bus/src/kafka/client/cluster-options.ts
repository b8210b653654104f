import type { KafkaConfig } from 'kafkajs';
import type { CLIENT_OPTIONS } from '../client-options.js';
import type { KafkaOptions } from '../options.js';
import { saslOptions } from '../security/sasl.js';
import type { ClusterOptions } from './cluster.js';
import type { Address } from './address.js';

export type ClientOptions = Pick<KafkaConfig, (typeof CLIENT_OPTIONS)[number]>;

type Given = Pick<KafkaOptions, 'brokers' | 'apiKey' | 'apiSecret' | 'tls' | 'sasl' | 'client'> &
  Required<Pick<KafkaOptions, 'clientId'>>;

/** The connection options of a cluster. */
export function clusterOptions({
  brokers,
  clientId,
  client = {},
  apiKey,
  apiSecret,
  tls,
  sasl,
}: Given): ClusterOptions {
  const given: ClientOptions = client;
  const isKeyed = apiKey !== undefined && apiSecret !== undefined;
  const user = sasl ?? (isKeyed ? { mechanism: 'PLAIN' as const, username: apiKey, password: apiSecret } : undefined);
  const ours = user === undefined ? undefined : saslOptions(user);
  return {
    seeds: brokers.map(addressOf),
    clientId,
    connectionTimeoutMs: given.connectionTimeout ?? 3_000,
    reauthenticationThresholdMs: given.reauthenticationThreshold ?? 10_000,
    sasl: given.sasl ?? ours,
    tls: given.ssl ?? tls ?? isKeyed,
    socketFactory: given.socketFactory,
  };
}

/** Parses `host:port`, or `[address]:port` for IPv6. */
function addressOf(broker: string): Address {
  const colon = broker.lastIndexOf(':');
  const host = broker.slice(0, colon);
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(broker.slice(colon + 1)) };
}
