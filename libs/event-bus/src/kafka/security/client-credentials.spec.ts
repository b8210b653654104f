import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AccessRefusedError, UnavailableError } from '../../core/errors.js';
import { clientCredentials, type ClientCredentialsOptions } from './client-credentials.js';

describe('tokens by the client credentials grant', () => {
  let server: Server;
  let asked: { readonly authorization: string | undefined; readonly body: string }[];
  /** The next answer of the endpoint. `undefined` means that it does not answer. */
  let answer: readonly [status: number, body: unknown] | undefined;
  let tokens: (options?: Partial<ClientCredentialsOptions>) => ReturnType<typeof clientCredentials>;

  beforeEach(async () => {
    asked = [];
    answer = [200, { access_token: 'one', expires_in: 100 }];
    server = createServer((request, response) => {
      void text(request).then((body) => {
        asked.push({ authorization: request.headers.authorization, body });
        if (answer !== undefined) response.writeHead(answer[0]).end(JSON.stringify(answer[1]));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?tenant=a`;
    tokens = (options = {}) => clientCredentials({ url, clientId: 'me', clientSecret: 's3cret', ...options });
  });
  afterEach(() => {
    vi.useRealTimers();
    server.closeAllConnections();
    server.close();
  });

  it('are asked for once by all who ask at the same time, and kept', async () => {
    const token = tokens({ scope: 'a b', extensions: { logicalCluster: 'lkc' } });
    const known = { value: 'one', extensions: { logicalCluster: 'lkc' } };
    expect(await Promise.all([token(false), token(false)])).toEqual([known, known]);
    expect(await token(false)).toEqual(known);
    expect(asked).toEqual([
      {
        authorization: `Basic ${Buffer.from('me:s3cret').toString('base64')}`,
        body: 'grant_type=client_credentials&scope=a+b',
      },
    ]);
  });

  it.each([
    ['30 s before they end', 100, 70],
    ['after half a short life', 20, 10],
    ['after half a minute when nobody says how long they live', undefined, 30],
  ])('are renewed %s', async (_, life, renewedAfter) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    answer = [200, { access_token: 'one', expires_in: life }];
    const token = tokens();
    await token(false);
    answer = [200, { access_token: 'two', expires_in: life }];
    vi.setSystemTime(Date.now() + renewedAfter * 1000 - 500);
    expect(await token(false)).toEqual({ value: 'one' });
    vi.setSystemTime(Date.now() + 1_000);
    expect(await token(false)).toEqual({ value: 'two' });
  });

  it('are asked for anew when a broker has refused the last one', async () => {
    const token = tokens();
    await token(false);
    answer = [200, { access_token: 'two', expires_in: 100 }];
    expect(await token(true)).toEqual({ value: 'two' });
  });

  it.each([
    [401, { error: 'invalid_client' }, AccessRefusedError],
    [400, { error: 'invalid_scope' }, AccessRefusedError],
    [404, 'no such thing', AccessRefusedError],
    [429, {}, UnavailableError],
    [500, {}, UnavailableError],
    [200, { access_token: 5 }, UnavailableError],
    [200, 'not JSON', UnavailableError],
  ])('fail by %i %j, without the secret, and are asked for again', async (status, body, kind) => {
    answer = [status, body];
    const token = tokens();
    const error: unknown = await token(false).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(kind);
    expect(error instanceof AccessRefusedError).toBe(kind === AccessRefusedError);
    expect((error as Error).message).toMatch(
      new RegExp(`^The token endpoint http://127.0.0.1:\\d+/token answered ${status}`),
    );
    expect((error as Error).message).not.toMatch(/s3cret|tenant/);
    answer = [200, { access_token: 'one', expires_in: 100 }];
    expect(await token(false)).toEqual({ value: 'one' });
  });

  const SECRET = 'p@ss w0rd&+';
  const base64 = (given: string) => Buffer.from(given).toString('base64');

  it.each([
    ['as it is', `me:${SECRET}`, 'me:***'],
    ['form-encoded', 'me:p%40ss+w0rd%26%2B', 'me:***'],
    ['percent-encoded', 'me:p%40ss%20w0rd%26%2B', 'me:***'],
    ['in Base64', base64(SECRET), '***'],
    ['behind the name in Base64', base64(`me:${SECRET}`), '***'],
    ['as it was sent', `Basic ${base64('me:p%40ss+w0rd%26%2B')}`, 'Basic ***'],
    ['where it is cut', `${'-'.repeat(195)}${SECRET}`, `${'-'.repeat(195)}*`],
  ])('do not show a secret that the endpoint repeats %s', async (_, repeated, told) => {
    answer = [401, { error: 'no', error_description: repeated }];
    const refusal = tokens({ clientSecret: SECRET })(false);
    await expect(refusal).rejects.toThrow(`answered 401 (no: ${told})`);
  });

  it('tell the beginning of what the endpoint says', async () => {
    answer = [401, { error: 'no', error_description: 'x'.repeat(300) }];
    await expect(tokens()(false)).rejects.toThrow(`(no: ${'x'.repeat(196)})`);
  });

  it('are waited for no longer than asked', async () => {
    answer = undefined;
    await expect(tokens({ timeoutMs: 50 })(false)).rejects.toThrow(/does not answer: no answer within 50 ms/);
  });
});
