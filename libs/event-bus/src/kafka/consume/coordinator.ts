import type { Cluster } from '../client/cluster.js';
import { isReadySoon } from '../client/errors.js';
import type { Api } from '../protocol/api.js';
import { errorName, ProtocolError } from '../protocol/error-codes.js';

/** How to send a request. `codes` returns all error codes of a response, including those of its parts. */
interface AskOptions<Response> {
  readonly channel: Channel;
  readonly timeoutMs: number;
  readonly codes: (response: Response) => readonly number[];
}

/**
 * Each channel has its own connection. The response to JoinGroup comes when all members have joined; commits and
 * heartbeats must not wait for it.
 */
export type Channel = (typeof CHANNELS)[number];

const CHANNELS = ['join', 'heartbeat', 'commit'] as const;

/**
 * The broker that coordinates a group. It is looked up at the first request, and again after a broker did not answer or
 * said that it is not the coordinator.
 *
 * If the coordinator has changed, open requests to the old one reject at once, so that callers can ask the new one.
 */
export class Coordinator {
  readonly #cluster: Cluster;
  readonly #group: string;
  #node: Promise<number> | undefined;
  #last = -1;

  constructor(cluster: Cluster, group: string) {
    this.#cluster = cluster;
    this.#group = group;
  }

  /**
   * Rejects if the coordinator is unreachable or does not coordinate the group at the moment; `isPassing` recognizes
   * such errors. Other error codes are in the response.
   */
  async ask<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    { codes, channel, timeoutMs }: AskOptions<Response>,
  ): Promise<Response> {
    const asked = (this.#node ??= this.#find());
    try {
      const answer = await this.#cluster.ask(await asked, api, request, { channel, timeoutMs });
      const problem = codes(answer)
        .map((code) => new ProtocolError(errorName(code) ?? ''))
        .find(isReadySoon);
      if (problem !== undefined) throw problem;
      return answer;
    } catch (error) {
      if (this.#node === asked) this.#node = undefined;
      throw error;
    }
  }

  async #find(): Promise<number> {
    const node = await this.#cluster.coordinatorOf(this.#group);
    if (this.#last >= 0 && node !== this.#last)
      for (const channel of CHANNELS) void this.#cluster.dropConnection(this.#last, channel);
    this.#last = node;
    return node;
  }
}
