import { kafka } from '../servers/index.mjs';
import { freePort } from '../servers/ports.mjs';
import { openAdmin } from './admin.mjs';
import { until } from './wait.mjs';
import { openWay } from './way.mjs';

const NODES = 3;
const HEAP_MB = 400;

/** Who clients are at the brokers of `withUser`: someone who may do what was not restricted. */
export const USER = 'faults';
export const PASSWORD = 'faults-password';
const JAAS = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${USER}="${PASSWORD}";`;

/**
 * Three brokers that are controllers too; each topic has three replicas, of which two must have what is confirmed.
 *
 * Each broker has three listeners: `bootstrap` leads straight there, `through` through a proxy for each broker, `withUser` asks for a password.
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
      // Leaders move when a scenario says so.
      'auto.leader.rebalance.enable': 'false',
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'allow.everyone.if.no.acl.found': 'true',
      // Brokers among themselves have no name.
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
    /** In the order of their ids, which begin at 1. */
    nodes: server.nodes.map((node, n) => ({ ...node, id: n + 1, way: proxies[n] })),
    logs: server.logs,
    close,
  };
}
