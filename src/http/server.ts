/**
 * The HTTP server: probes, metrics, the live page and its events. Its life and its limits are here; access.ts
 * decides who may ask, routes.ts answers.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Logger } from '../std/logger.js';
import { isLoopback } from '../std/loopback.js';
import type { DefectHistory } from '../telemetry/defect-history.js';
import type { RecentDeadLetters, RecentResults } from '../telemetry/recent.js';
import { createAccessControl } from './access.js';
import { type Control, createControlRouter } from './control-routes.js';
import { createKeptRouter, type KeptStore } from './kept-routes.js';
import { closeServer, listen } from './listening.js';
import { createLiveEvents } from './live-events.js';
import type { PageStatus, StatusEvent } from './page-events.js';
import { refuse, secure } from './respond.js';
import { createRouter, type RouteHandler, type RouteParts, type Router } from './routes.js';
import { loadWebAssets } from './web-assets.js';

export interface HttpParts extends Pick<RouteParts, 'clientId' | 'readiness' | 'metrics' | 'inspect' | 'reload'> {
  readonly recent: RecentResults;
  readonly deadLetters: Pick<RecentDeadLetters, 'after'>;
  readonly history: Pick<DefectHistory, 'snapshot'>;
  /** Of the running service, undefined until it has started; absent where there is no token. */
  readonly control?: () => Control | undefined;
  /** Pictures that are kept for a second look; absent where there are none, or no token. */
  readonly kept?: KeptStore | undefined;
  /** Asked every two seconds while somebody watches. */
  readonly status: () => PageStatus;
  readonly logger: Pick<Logger, 'error'>;
}

export interface HttpOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly token?: string;
  readonly allowedHosts: readonly string[];
  /** The package's `src/web`. */
  readonly webFolder: string;
}

export interface HttpServer {
  /** The address as people read it: `http://127.0.0.1:9464/`. */
  readonly url: string;
  readonly port: number;
  /** False where other machines can reach it and there is no token: pictures and /inspect are off, worth a warning. */
  readonly showsPictures: boolean;
  /** Ends the event streams, lets answers in progress finish for a second. */
  close(): Promise<void>;
}

const MAX_HEADER_BYTES = 8192;
const MAX_CONNECTIONS = 128;
const REQUEST_TIMEOUT_MS = 30_000;
const LIVE = { tickMs: 250, ticksPerStatus: 8, maxSubscribers: 16, maxStalledTicks: 120 };

/** @throws {ServiceError} ERR_CONFIG when the address can't be listened on. */
export async function startHttp(parts: HttpParts, options: HttpOptions): Promise<HttpServer> {
  const assets = await loadWebAssets(options.webFolder);
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: REQUEST_TIMEOUT_MS });
  server.maxConnections = MAX_CONNECTIONS;
  const address = await listen(server, options, 'http');
  const showsPictures = options.token !== undefined || isLoopback(address.address);

  const events = createLiveEvents(
    {
      recent: parts.recent,
      deadLetters: parts.deadLetters,
      status: (): StatusEvent => ({
        ...statusFor(showsPictures, parts.status()),
        ...parts.readiness(),
        history: parts.history.snapshot(),
        pictures: showsPictures,
        inspect: showsPictures && parts.inspect !== undefined,
      }),
    },
    { ...LIVE, run: randomBytes(4).toString('hex'), pictures: showsPictures },
  );
  const others = [parts.control && createControlRouter(parts.control), parts.kept && createKeptRouter(parts.kept)];
  const further: Router = (path) => others.map((router) => router?.(path)).find((found) => found !== undefined);
  const route = createRouter({ ...parts, events, assets, further });
  const handle = createAccessControl({ route, unlockPage: assets.unlockPage, showsPictures }, options);
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answer(handle, request, response, parts.logger).catch((err: unknown) =>
      parts.logger.error({ err }, 'HTTP answer failed'),
    );
  });

  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${shown}:${address.port}/`,
    port: address.port,
    showsPictures,
    close() {
      events.close();
      return closeServer(server);
    },
  };
}

/** Paths and predicates are for those who may see pictures. */
function statusFor(showsPictures: boolean, { catalogue, ...status }: PageStatus): PageStatus {
  return showsPictures ? { ...status, catalogue } : status;
}

/** Answers one request; a failure becomes a 500 without any detail, which goes to the log instead. */
async function answer(
  handle: RouteHandler,
  request: IncomingMessage,
  response: ServerResponse,
  logger: HttpParts['logger'],
): Promise<void> {
  secure(response);
  // A body that nobody asked for is not read: the connection ends with the answer.
  if (request.method !== 'POST' && hasBody(request)) response.setHeader('Connection', 'close');
  try {
    await handle(request, response);
  } catch (err) {
    logger.error({ err }, 'HTTP request failed');
    if (response.headersSent) response.destroy();
    else refuse(response, 500, 'The request failed; the log says why.');
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
