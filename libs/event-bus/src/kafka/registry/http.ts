import { Agent as PlainAgent, type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { asError } from '../../core/backoff.js';
import { UnavailableError, UnknownHostError } from '../../core/errors.js';
import { codedError, type TlsOptions, tlsRefusal, type TlsSettings } from '../../core/tls.js';

export interface HttpOptions {
  /** Who is asked, as the beginning of a sentence. */
  readonly what: string;
  readonly tls: TlsOptions | undefined;
  /** After so long without an answer a request rejects, in ms. */
  readonly timeoutMs: number;
  /** What an operator has to check; `url` besides. */
  readonly settings: TlsSettings & { readonly url: string };
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** Asks by HTTP or HTTPS; rejects with `AccessRefusedError`, `UnknownHostError` or `UnavailableError` when there is no answer at all. */
export type Http = (url: string, request?: HttpRequest) => Promise<HttpAnswer>;

/**
 * Node's own client with connections that are kept: `fetch` of Node 20 takes no authority of one's own.
 *
 * Redirections are not followed. Idle connections do not keep the process.
 */
export function http({ what, tls = {}, timeoutMs, settings }: HttpOptions): Http {
  const agents = { plain: new PlainAgent({ keepAlive: true }), tls: new TlsAgent({ keepAlive: true, ...tls }) };

  async function attempt(url: string, { method = 'GET', headers = {}, body }: HttpRequest): Promise<HttpAnswer> {
    const isTls = url.startsWith('https:');
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { method, headers, signal: AbortSignal.timeout(timeoutMs) };
      const request = isTls
        ? tlsRequest(url, { ...options, agent: agents.tls }, resolve)
        : plainRequest(url, { ...options, agent: agents.plain }, resolve);
      request.once('error', (error: Error) => {
        // The server had closed a connection that was kept, before it could see this.
        const isStale = request.reusedSocket && codedError(error)?.code === 'ECONNRESET';
        reject(isStale ? new StaleConnectionError('', { cause: error }) : error);
      });
      request.end(body);
    });
    return { status: response.statusCode ?? 0, text: await text(response) };
  }

  function failure(thrown: unknown): Error {
    const refusal = tlsRefusal(thrown, what, settings);
    if (refusal !== undefined) return refusal;
    const cause = asError(thrown);
    const code = codedError(thrown)?.code;
    if (code === 'ENOTFOUND')
      return new UnknownHostError(`${what} cannot be found: there is no such host. Check ${settings.url}.`, { cause });
    const reason = code === 'ABORT_ERR' ? `no answer within ${timeoutMs} ms` : cause.message || code || cause.name;
    return new UnavailableError(`${what} does not answer: ${reason}`, { cause });
  }

  return async (url, request = {}) => {
    try {
      return await attempt(url, request).catch((error: unknown) => {
        if (error instanceof StaleConnectionError) return attempt(url, request);
        throw error;
      });
    } catch (thrown) {
      throw failure(thrown);
    }
  };
}

class StaleConnectionError extends Error {}
