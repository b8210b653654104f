import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Certificates } from '../../tools/servers/index.mjs';

/** A token endpoint over TLS that knows one client. Its tokens suit Kafka's unsecured validator. */
export interface TokenEndpoint {
  readonly url: string;
  /** The number of tokens issued. */
  readonly given: () => number;
  /** The issued tokens. */
  readonly tokens: readonly string[];
  /** Makes it answer with this status instead, until called with `undefined`. */
  fail(status: number | undefined): void;
  close(): void;
}

export interface TokenClient {
  readonly id: string;
  readonly secret: string;
  readonly scope: string;
}

/** Starts an endpoint whose tokens are valid for `lifeS` seconds. */
export async function tokenEndpoint(
  { server: pair }: Certificates,
  client: TokenClient,
  { lifeS }: { readonly lifeS: number },
): Promise<TokenEndpoint> {
  const tokens: string[] = [];
  let failure: number | undefined;
  const authorization = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`;
  const answer = (given = '', form: URLSearchParams): [status: number, body: object] => {
    if (failure !== undefined) return [failure, {}];
    // Repeats the credentials, as careless endpoints do.
    if (given !== authorization)
      return [401, { error: 'invalid_client', error_description: `no client ${decoded(given)} (${given})` }];
    if (form.get('grant_type') !== 'client_credentials') return [400, { error: 'unsupported_grant_type' }];
    if (form.get('scope') !== client.scope) return [400, { error: 'invalid_scope' }];
    const token = unsecuredToken(client, lifeS);
    tokens.push(token);
    return [200, { access_token: token, token_type: 'Bearer', expires_in: lifeS }];
  };
  const server = createServer(
    { key: readFileSync(pair.keyFile), cert: readFileSync(pair.certFile) },
    (request, response) => {
      void text(request).then((body) => {
        const [status, said] = answer(request.headers.authorization, new URLSearchParams(body));
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said));
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  if (at === null || typeof at === 'string') throw new Error('The token endpoint has no address.');
  return {
    url: `https://127.0.0.1:${at.port}/oauth2/token`,
    given: () => tokens.length,
    tokens,
    fail: (status) => (failure = status),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function decoded(given: string): string {
  return Buffer.from(given.replace('Basic ', ''), 'base64').toString();
}

/** A JWT without a signature. */
function unsecuredToken({ id }: TokenClient, lifeS: number): string {
  const now = Date.now() / 1000;
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ sub: id, iat: now, exp: now + lifeS })}.`;
}
