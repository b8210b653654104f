import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/**
 * One request of the protocol in the one version that is spoken here, and its answer: https://kafka.apache.org/protocol#protocol_messages
 *
 * The versions are those that Kafka 3.9 and 4 have in common. An error code in an answer is data: nothing here throws for it.
 */
export interface Api<Request, Response> {
  /** As the protocol calls it. */
  readonly name: string;
  readonly key: number;
  readonly version: number;
  /** Whether its headers have tagged fields: https://cwiki.apache.org/confluence/x/vJElB (KIP-482). Default `false`. */
  readonly isFlexible?: boolean;
  write(to: Writer, request: Request): void;
  read(from: Reader): Response;
}
