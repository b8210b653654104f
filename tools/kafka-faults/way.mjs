import { connect, createServer } from 'node:net';

/** A TCP proxy on `port` in front of a broker, for the client under test only. */
export async function openWay(port, target) {
  const links = new Set();
  let isHeld = false;
  let isRefusing = false;
  const server = createServer((near) => {
    if (isRefusing) return near.destroy();
    const far = connect(target, '127.0.0.1');
    const link = { held: [], near, far };
    links.add(link);
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
    }
    forward(link, near, far);
    forward(link, far, near);
    near.once('close', () => {
      links.delete(link);
      far.destroy();
    });
    far.once('close', () => near.destroy());
  });
  const forward = (link, from, to) => {
    from.on('data', (bytes) => {
      if (isHeld) link.held.push([to, bytes]);
      else if (!to.write(bytes)) from.pause();
    });
    to.on('drain', () => from.resume());
  };
  const cut = () => {
    for (const { near } of links) near.destroy();
  };
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return {
    /**
     * Drops packets in both directions, also of new connections. As in TCP, open connections receive them after
     * `release`.
     */
    hold: () => void (isHeld = true),
    release() {
      isHeld = false;
      for (const { held } of links) for (const [to, bytes] of held.splice(0)) to.write(bytes);
    },
    /** Closes all connections, and each new one at once. */
    refuse() {
      isRefusing = true;
      cut();
    },
    open: () => void (isRefusing = false),
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
