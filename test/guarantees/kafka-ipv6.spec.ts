import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { kafka } from 'nest-event-bus/kafka';
import { expect, it } from 'vitest';
import { requires } from '../support/requirements.js';

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

await requires('kafka-3.9', 'Kafka', (start) => {
  it.skipIf(!hasIpv6)('a broker may be given by its address of IPv6', async () => {
    const [host = '', port = ''] = (await start()).split(',')[0]?.split(':') ?? [];
    const proxy = createServer((socket) => {
      const broker = connect(Number(port), host);
      socket.pipe(broker).pipe(socket);
      for (const end of [socket, broker]) end.on('error', () => [socket, broker].forEach((each) => each.destroy()));
    });
    await new Promise<void>((resolve) => proxy.listen(0, '::1', resolve));
    const address = proxy.address();
    const backend = kafka({ brokers: [`[::1]:${typeof address === 'object' ? address?.port : ''}`] });
    await expect(backend.ping()).resolves.toBeUndefined();
    await backend.close();
    proxy.close();
  });
});
