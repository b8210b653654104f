import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/**
 * A request of the protocol in the one supported version, and its answer:
 * https://kafka.apache.org/protocol#protocol_messages
 *
 * The versions are those that Kafka 3.9 and 4 share. An error code in an answer is data: these functions never throw
 * for it.
 */
export interface Api<Request, Response> {
  /** The name in the protocol. */
  readonly name: string;
  readonly key: number;
  readonly version: number;
  /** Whether its headers have tagged fields: https://cwiki.apache.org/confluence/x/vJElB (KIP-482). Default `false`. */
  readonly isFlexible?: boolean;
  write(to: Writer, request: Request): void;
  read(from: Reader): Response;
}
