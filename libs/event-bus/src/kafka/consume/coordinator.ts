import type { Cluster } from '../client/cluster.js';
import { isReadySoon } from '../client/errors.js';
import type { Api } from '../protocol/api.js';
import { errorName, ProtocolError } from '../protocol/error-codes.js';

/** What a question to the coordinator says of itself; the codes of parts of an answer count as well as that of the whole. */
interface AskOptions<Response> {
  readonly channel: Channel;
  readonly timeoutMs: number;
  readonly codes: (response: Response) => readonly number[];
}

/** A JoinGroup is answered when all members have joined, which must hold neither commits nor signs of life. */
export type Channel = (typeof CHANNELS)[number];

const CHANNELS = ['join', 'heartbeat', 'commit'] as const;

/**
 * The broker that coordinates a group: looked up when it is first asked, and again whenever it does not answer, or says that it is another.
 *
 * Questions to a broker that has turned out not to be it any more end at once, so that whoever asked may ask the new one.
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

  /** Rejects when it cannot be reached or does not coordinate the group at the moment: `isPassing` tells that. Other codes are in the answer. */
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
