import { kafka } from '../servers/index.mjs';
import { freePort } from '../servers/ports.mjs';
import { openAdmin } from './admin.mjs';
import { until } from './wait.mjs';
import { openWay } from './way.mjs';

const NODES = 3;
const HEAP_MB = 400;

/** The user for the listener `withUser`. It may do everything that is not restricted. */
export const USER = 'faults';
export const PASSWORD = 'faults-password';
const JAAS = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${USER}="${PASSWORD}";`;

/**
 * Three brokers that are also controllers. Each topic has three replicas, and two must have a record before it is
 * confirmed.
 *
 * Each broker has three listeners: `bootstrap` is direct, `through` leads through a proxy, `withUser` requires a
 * password.
 */
export async function openCluster({ version = '3.9' } = {}) {
  const ways = [];
  for (let id = 1; id <= NODES; id += 1) {
    ways.push({ near: await freePort(), far: await freePort(), user: await freePort() });
  }
  const config = ({ id, port, controllerPort }) => {
    const { near, far, user } = ways[id - 1];
    const at = (protocol, number) => `${protocol}://127.0.0.1:${number}`;
    return {
      listeners: [at('PLAINTEXT', port), at('CLIENT', far), at('USER', user), at('CONTROLLER', controllerPort)].join(),
      'advertised.listeners': [at('PLAINTEXT', port), at('CLIENT', near), at('USER', user)].join(),
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CLIENT:PLAINTEXT,USER:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
      'listener.name.user.sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.user.plain.sasl.jaas.config': JAAS,
      'default.replication.factor': NODES,
      'min.insync.replicas': 2,
      'auto.create.topics.enable': 'false',
      // Leaders move only when a scenario moves them.
      'auto.leader.rebalance.enable': 'false',
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'allow.everyone.if.no.acl.found': 'true',
      // Connections between brokers are anonymous.
      'super.users': 'User:ANONYMOUS',
    };
  };
  const server = await kafka({ version, nodes: NODES, heapMb: HEAP_MB, config });
  const proxies = await Promise.all(ways.map(({ near, far }) => openWay(near, far)));
  const admin = openAdmin(server.brokers);
  const close = async () => {
    await admin.close().catch(() => undefined);
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await server.clear();
  };
  try {
    await until(async () => (await admin.brokers()).length === NODES, { withinMs: 60_000, what: 'three brokers' });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    version,
    bootstrap: server.bootstrapServers,
    through: ways.map(({ near }) => `127.0.0.1:${near}`).join(),
    withUser: ways.map(({ user }) => `127.0.0.1:${user}`).join(),
    admin,
    /** In the order of their ids, which start at 1. */
    nodes: server.nodes.map((node, n) => ({ ...node, id: n + 1, way: proxies[n] })),
    logs: server.logs,
    close,
  };
}
