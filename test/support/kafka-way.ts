import { connect } from 'node:net';
import type { ISocketFactory } from 'kafkajs';

/**
 * A socket factory with which a test can change the answers of Kafka brokers. `change` receives each chunk. If the
 * chunk begins an answer, it also receives the API key of the request.
 */
export function changedAnswers(change: (bytes: Buffer, apiKey: number | undefined) => Buffer): ISocketFactory {
  return ({ host, port, onConnect }) => {
    const socket = connect({ host, port }, onConnect);
    const write = socket.write.bind(socket) as (...of: unknown[]) => boolean;
    const emit = socket.emit.bind(socket) as (...of: unknown[]) => boolean;
    /** Correlation id → API key. */
    const asked = new Map<number, number>();
    return Object.assign(socket, {
      write(bytes: Buffer, ...rest: unknown[]) {
        // kafkajs writes the head of a request separately: API key, version, correlation id, client id.
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
