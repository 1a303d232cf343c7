/** A broker made of a bare socket: answers what the test says, tells what was really written. MQTT 5. */
import { createServer, type Socket } from 'node:net';
import mqttPacket, { type Packet } from 'mqtt-packet';

export interface WireBroker extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Everything that clients sent, over all connections. */
  readonly received: readonly Packet[];
  /** Message ids of the packets of a kind that clients sent. */
  ids(cmd: Packet['cmd']): (number | undefined)[];
  readonly connections: number;
  /** To the newest connection, all in one chunk. */
  send(...packets: Packet[]): void;
  sendBytes(bytes: Uint8Array): void;
  drop(): void;
}

export type Answer = (packet: Packet) => Packet[];

/** Accepts the connection, with a session, and answers pings; nothing else. */
export const accept: Answer = ({ cmd }) => {
  if (cmd === 'connect') return [{ cmd: 'connack', sessionPresent: true, reasonCode: 0 }];
  return cmd === 'pingreq' ? [{ cmd: 'pingresp' }] : [];
};

export async function startWireBroker(answer: Answer = accept): Promise<WireBroker> {
  const received: Packet[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    const parser = mqttPacket.parser({ protocolVersion: 5 });
    parser.on('packet', (packet) => {
      received.push(packet);
      write(socket, answer(packet));
    });
    socket.on('data', (chunk: Buffer) => parser.parse(chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    received,
    ids: (cmd) => received.filter((packet) => packet.cmd === cmd).map(({ messageId }) => messageId),
    get connections() {
      return sockets.length;
    },
    send: (...packets) => write(sockets.at(-1), packets),
    sendBytes: (bytes) => void sockets.at(-1)?.write(bytes),
    drop: () => sockets.at(-1)?.destroy(),
    [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function write(socket: Socket | undefined, packets: Packet[]): void {
  socket?.write(Buffer.concat(packets.map((packet) => mqttPacket.generate(packet, { protocolVersion: 5 }))));
}
