import { connect } from 'node:net';
import type { ISocketFactory } from 'kafkajs';

/**
 * A way to Kafka brokers on which a test changes what they answer. `change` gets what comes, with the key of the request that it answers when
 * it is the beginning of an answer.
 */
export function changedAnswers(change: (bytes: Buffer, apiKey: number | undefined) => Buffer): ISocketFactory {
  return ({ host, port, onConnect }) => {
    const socket = connect({ host, port }, onConnect);
    const write = socket.write.bind(socket) as (...of: unknown[]) => boolean;
    const emit = socket.emit.bind(socket) as (...of: unknown[]) => boolean;
    /** By their correlation ids. */
    const asked = new Map<number, number>();
    return Object.assign(socket, {
      write(bytes: Buffer, ...rest: unknown[]) {
        // The head of a request is written by itself: key, version, correlation id, and who asks.
        if (bytes.length > 8 && bytes.length < 64) asked.set(bytes.readInt32BE(4), bytes.readInt16BE(0));
        return write(bytes, ...rest);
      },
      emit(name: string, ...of: unknown[]) {
        const [bytes] = of;
        if (name !== 'data' || !Buffer.isBuffer(bytes) || bytes.length < 8) return emit(name, ...of);
        return emit(name, change(bytes, asked.get(bytes.readInt32BE(4))));
      },
    });
  };
}
