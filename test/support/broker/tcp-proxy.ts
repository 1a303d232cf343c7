/** A TCP proxy that fails on purpose, between a client and its broker. */
import { connect, createServer, type Socket } from 'node:net';

export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Open connections. */
  readonly connections: number;
  /** TCP reset on both sides of every open connection. */
  reset(): void;
  /** Everything is taken and nothing passed on, either way, also on new connections; false: open ones are reset. */
  blackHole(isOn: boolean): void;
  /** The broker sees the end of its connections; the client is told nothing and nothing answers it. */
  halfOpen(): void;
  /** Every chunk, either way, comes this much later. */
  delay(milliseconds: number): void;
  /** Bytes a second and direction; 0: no limit. */
  throttle(bytesPerSecond: number): void;
}

interface Link {
  readonly client: Socket;
  readonly broker: Socket;
}

/** One that was ended cannot be reset: Node then neither closes it nor lets the process end. */
function resetSocket(socket: Socket): void {
  if (socket.writableEnded || socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}

const CHUNK_MS = 20;

export function startTcpProxy(brokerPort: number): Promise<TcpProxy> {
  const links = new Set<Link>();
  const sockets = new Set<Socket>();
  let isBlackHole = false;
  let delayMs = 0;
  let bytesPerSecond = 0;

  const server = createServer((client) => {
    const broker = connect(brokerPort, '127.0.0.1');
    const link = { client, broker };
    links.add(link);
    for (const socket of [client, broker]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.setNoDelay(true);
      socket.on('error', () => undefined); // a reset is what this is for
    }
    client.on('close', () => {
      links.delete(link);
      broker.destroy();
    });
    broker.on('close', () => {
      if (links.has(link)) client.destroy();
    });
    pass(client, broker);
    pass(broker, client);
  });

  function pass(from: Socket, to: Socket): void {
    from.on('data', (chunk) => {
      if (isBlackHole) return;
      if (delayMs > 0 || bytesPerSecond > 0) from.pause();
      void forward(chunk, from, to);
    });
    from.on('end', () => to.end());
  }

  async function forward(chunk: Buffer, from: Socket, to: Socket): Promise<void> {
    if (delayMs > 0) await pause(delayMs);
    const step = bytesPerSecond > 0 ? Math.max(1, Math.floor((bytesPerSecond * CHUNK_MS) / 1000)) : chunk.length;
    for (let start = 0; start < chunk.length; start += step) {
      if (start > 0) await pause(CHUNK_MS);
      if (to.writable) to.write(chunk.subarray(start, start + step));
    }
    from.resume();
  }

  function reset(): void {
    for (const { client, broker } of links) {
      resetSocket(client);
      resetSocket(broker);
    }
  }

  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      resolve({
        port,
        url: `mqtt://127.0.0.1:${port}`,
        get connections() {
          return links.size;
        },
        reset,
        blackHole(isOn) {
          isBlackHole = isOn;
          if (!isOn) reset();
        },
        halfOpen() {
          for (const link of links) {
            links.delete(link); // its client stays open
            link.client.removeAllListeners('data').resume();
            link.broker.destroy();
          }
        },
        delay(milliseconds) {
          delayMs = milliseconds;
        },
        throttle(rate) {
          bytesPerSecond = rate;
        },
        [Symbol.asyncDispose]() {
          for (const socket of sockets) socket.destroy();
          return new Promise((closed) => server.close(() => closed()));
        },
      });
    });
  });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
