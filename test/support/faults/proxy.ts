import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy to a server. A test can break all connections through it. */
export interface Proxy {
  readonly port: number;
  /** The port of the server. It can be changed. */
  target: number;
  /** Holds all data from clients. {@link release} sends it later, except for connections that have closed. */
  hold(): void;
  /** The number of bytes held. */
  readonly heldBytes: number;
  release(): void;
  /** Makes the current connections silent in both directions for good, without closing them. Later connections work. */
  silence(): void;
  /** Closes all connections. */
  cut(): void;
  /** Refuses new connections until {@link open}. */
  refuse(): void;
  open(): void;
  close(): Promise<void>;
}

/** Starts a proxy on a free port of 127.0.0.1. */
export async function proxy(target = 0): Promise<Proxy> {
  const links = new Set<Link>();
  let isHeld = false;
  let isRefusing = false;
  const server = createServer((near) => {
    if (isRefusing) {
      near.destroy();
      return;
    }
    const link = new Link(near, connect(made.target, '127.0.0.1'), () => isHeld);
    links.add(link);
    near.once('close', () => links.delete(link));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  if (at === null || typeof at === 'string') throw new Error('The proxy has no address.');
  const made: Proxy = {
    port: at.port,
    target,
    hold: () => void (isHeld = true),
    get heldBytes() {
      return [...links].reduce((sum, { heldBytes }) => sum + heldBytes, 0);
    },
    release() {
      isHeld = false;
      for (const link of links) link.flush();
    },
    silence() {
      for (const link of links) link.silence();
    },
    cut() {
      for (const link of links) link.destroy();
    },
    refuse() {
      isRefusing = true;
      made.cut();
    },
    open: () => void (isRefusing = false),
    async close() {
      made.cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return made;
}

class Link {
  readonly #held: Buffer[] = [];
  #isSilent = false;

  constructor(
    private readonly near: Socket,
    private readonly far: Socket,
    isHeld: () => boolean,
  ) {
    near.on('data', (bytes) => {
      if (this.#isSilent) return;
      if (isHeld()) this.#held.push(bytes);
      else if (!far.write(bytes)) near.pause();
    });
    far.on('data', (bytes) => {
      if (!this.#isSilent && !near.write(bytes)) far.pause();
    });
    far.on('drain', () => near.resume());
    near.on('drain', () => far.resume());
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
    }
    near.once('close', () => far.destroy());
    far.once('close', () => {
      if (!this.#isSilent) near.destroy();
    });
  }

  get heldBytes(): number {
    return this.#held.reduce((sum, { length }) => sum + length, 0);
  }

  flush(): void {
    for (const bytes of this.#held.splice(0)) this.far.write(bytes);
  }

  silence(): void {
    this.#isSilent = true;
  }

  destroy(): void {
    this.near.destroy();
    this.far.destroy();
  }
}
