import { freePort } from './ports.mjs';

const JAAS = 'org.apache.kafka.common.security';
const OAUTH = `${JAAS}.oauthbearer`;
/** Listener → protocol. All use the same certificate. */
const LISTENERS = { TLS: 'SSL', MUTUAL: 'SSL', SASL: 'SASL_SSL', PLAINSASL: 'SASL_PLAINTEXT', OAUTH: 'SASL_SSL' };

/** Ports for the listeners besides the plain one. */
export async function securePorts() {
  const ports = {};
  for (const name of Object.keys(LISTENERS)) ports[name] = await freePort();
  return ports;
}

/** Their addresses, by the names that tests use. */
export function secureAddresses(ports) {
  const at = (name) => `127.0.0.1:${ports[name]}`;
  return { tls: at('TLS'), mutual: at('MUTUAL'), sasl: at('SASL'), plainSasl: at('PLAINSASL'), oauth: at('OAUTH') };
}

/** The additional properties of a broker for these listeners. The caller merges `listeners` and similar lists. */
export function secureProperties(ports, { certificates, users, sessionMs = 0 }) {
  const names = Object.keys(LISTENERS);
  const plain = `${JAAS}.plain.PlainLoginModule required ${users
    .map(({ name, password }) => `user_${name}="${password}"`)
    .join(' ')};`;
  const scram = `${JAAS}.scram.ScramLoginModule required;`;
  const passwords = (listener) => ({
    [`listener.name.${listener}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    [`listener.name.${listener}.plain.sasl.jaas.config`]: plain,
    [`listener.name.${listener}.scram-sha-256.sasl.jaas.config`]: scram,
    [`listener.name.${listener}.scram-sha-512.sasl.jaas.config`]: scram,
  });
  return {
    listeners: names.map((name) => `${name}://127.0.0.1:${ports[name]}`),
    protocols: names.map((name) => `${name}:${LISTENERS[name]}`),
    properties: {
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': certificates.server.pemFile,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': certificates.caFile,
      'listener.name.mutual.ssl.client.auth': 'required',
      ...passwords('sasl'),
      ...passwords('plainsasl'),
      'listener.name.oauth.sasl.enabled.mechanisms': 'OAUTHBEARER',
      'listener.name.oauth.oauthbearer.sasl.jaas.config': `${OAUTH}.OAuthBearerLoginModule required;`,
      'listener.name.oauth.oauthbearer.sasl.server.callback.handler.class': `${OAUTH}.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler`,
      'listener.name.oauth.oauthbearer.connections.max.reauth.ms': sessionMs,
      // Anonymous clients may do everything, so that tests can prepare what they need.
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': ['ANONYMOUS', 'CN=client', ...users.filter(({ isAdmin }) => isAdmin).map(({ name }) => name)]
        .map((name) => `User:${name}`)
        .join(';'),
    },
  };
}

/** Options of `StorageTool format` that create the users for SCRAM. */
export function scramOptions({ users }) {
  return users.flatMap(({ name, password }) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${name},password=${password}]`,
    ]),
  );
}
