/** HTTP servers begin and end alike, whatever they answer. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ServiceError } from '../std/errors.js';

/** Requests under way when a server is closed have so long to be answered. */
const CLOSE_GRACE_MS = 1000;

export interface ListenAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/**
 * @param section of the configuration that has host and port, as in `http`
 * @throws {ServiceError} ERR_CONFIG when the address is taken or not of this machine
 */
export function listen(server: Server, { host, port }: ListenAddress, section: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const details = { host, port, reason: cause.code ?? cause.message };
      const text = `Cannot listen on ${section}.host and ${section}.port as the address must be free and of this machine: ${host}:${port} (${details.reason})`;
      reject(new ServiceError('ERR_CONFIG', text, { cause, details }));
    });
    // A port was given, so the address is never the name of a pipe.
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });
}

/** Takes no more connections, and ends those that are not done in time. */
export function closeServer(server: Server): Promise<void> {
  const grace = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  return new Promise((resolve) => {
    server.close(() => {
      clearTimeout(grace);
      resolve();
    });
    server.closeIdleConnections();
  });
}
