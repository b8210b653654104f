import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { Certificates } from '../../tools/servers/index.mjs';

/** A proxy for an HTTP server that requires a password, a client certificate or TLS. */
export interface Gate {
  readonly url: string;
  close(): void;
}

/** Starts such a proxy for the server at this URL, as an operator would for a registry. */
export async function gate(
  to: string,
  { caFile, server: pair }: Certificates,
  {
    user,
    password,
    isMutual = false,
  }: { readonly user: string; readonly password: string; readonly isMutual?: boolean },
): Promise<Gate> {
  const { host, pathname } = new URL(to);
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const tls = {
    key: readFileSync(pair.keyFile),
    cert: readFileSync(pair.certFile),
    ca: readFileSync(caFile),
    requestCert: isMutual,
    rejectUnauthorized: isMutual,
  };
  const server = createServer(tls, (incoming, outgoing) => {
    if (incoming.headers.authorization !== authorization) {
      outgoing.writeHead(401, { 'www-authenticate': 'Basic' }).end('{"error_code":401,"message":"Unauthorized"}');
      return;
    }
    const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => name !== 'authorization'));
    const passed = request(
      `http://${host}${incoming.url ?? ''}`,
      { method: incoming.method, headers: { ...headers, host } },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      },
    );
    passed.on('error', () => outgoing.writeHead(502).end());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  if (at === null || typeof at === 'string') throw new Error('The gate has no address.');
  return {
    url: `https://127.0.0.1:${at.port}${pathname}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
