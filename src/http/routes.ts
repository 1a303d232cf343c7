/** What is at which path: the whole outside of the HTTP server on one page. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { mediaTypeOf } from '../imaging/formats.js';
import { parseDryRun } from '../requests/answer-request.js';
import { assertDryRunSize, type Bulkhead } from '../requests/bulkhead.js';
import { type ErrorCode, ServiceError } from '../std/errors.js';
import type { ReadinessState } from '../telemetry/readiness.js';
import type { RecentResults } from '../telemetry/recent.js';
import type { LiveEvents } from './live-events.js';
import { refuse, send, sendJson } from './respond.js';
import type { WebAssets } from './web-assets.js';

export type RouteHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export interface Route {
  readonly methods: readonly string[];
  /**
   * `probe` needs no token, as monitors have none. `page` needs the token if one is configured. `pictures` does so too, and is
   * off where anybody could see them.
   */
  readonly access: 'probe' | 'page' | 'pictures';
  readonly handle: RouteHandler;
}

/** @returns the route of a path (without query), or undefined. */
export type Router = (path: string) => Route | undefined;

export interface RouteParts {
  /** Whose service this is, for who finds it at a port. */
  readonly clientId: string;
  readonly readiness: () => ReadinessState;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  readonly recent: RecentResults;
  readonly events: LiveEvents;
  readonly assets: WebAssets;
  /** Answers `POST /inspect`; absent when http.inspect is off. */
  readonly inspect?: RouteHandler | undefined;
  /** Answers `POST /reload`; absent where there is no token. */
  readonly reload?: RouteHandler | undefined;
  /** Asked about paths that are not here. */
  readonly further?: Router | undefined;
}

const READ = ['GET', 'HEAD'];
const RESULT_PATH = /^\/results\/([1-9][0-9]{0,14})(\/original)?$/;

export function createRouter(parts: RouteParts): Router {
  const { clientId, readiness, metrics, recent, events, assets, inspect, reload, further } = parts;
  const fixed = new Map<string, Route>();
  fixed.set(
    '/livez',
    probe((_, response) => sendJson(response, 200, { alive: true })),
  );
  fixed.set(
    '/readyz',
    probe((_, response) => {
      const state = readiness();
      sendJson(response, state.ready ? 200 : 503, { clientId, ...state });
    }),
  );
  fixed.set(
    '/metrics',
    probe(async (_, response) => send(response, 200, metrics.contentType, await metrics.text())),
  );
  fixed.set('/events', {
    methods: READ,
    access: 'page',
    handle(request, response) {
      if (!events.subscribe(request, response))
        refuse(response, 503, 'Too many pages are watching: close one of them.');
    },
  });
  for (const [path, asset] of assets.byPath) {
    const handle: RouteHandler = (_, response) => send(response, 200, asset.contentType, asset.body);
    fixed.set(path, { methods: READ, access: 'page', handle });
  }
  if (inspect !== undefined) fixed.set('/inspect', { methods: ['POST'], access: 'pictures', handle: inspect });

  if (reload !== undefined) fixed.set('/reload', { methods: ['POST'], access: 'page', handle: reload });
  return (path) => {
    const [, n, original] = RESULT_PATH.exec(path) ?? [];
    if (n === undefined) return fixed.get(path) ?? further?.(path);
    const handle: RouteHandler = (_, response) => {
      const picture = recent.get(Number(n))?.picture; // read at once: it may be let go at any later time
      sendPicture(response, n, original === undefined ? picture?.read : picture?.readOriginal);
    };
    return { methods: READ, access: 'pictures', handle };
  };
}

function probe(handle: RouteHandler): Route {
  return { methods: READ, access: 'probe', handle };
}

function sendPicture(response: ServerResponse, n: string, read?: () => Uint8Array | undefined): void {
  const bytes = read?.();
  const type = bytes === undefined ? undefined : mediaTypeOf(bytes);
  if (bytes === undefined || type === undefined) {
    refuse(response, 404, `There is no picture of result ${n}: it was not rendered, or newer ones took its place.`);
    return;
  }
  send(response, 200, type, bytes);
}

// `POST /inspect`: a dry run of one picture, answered at once.

const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  ERR_PAYLOAD_TOO_LARGE: 413,
  ERR_IMAGE_TOO_LARGE: 413,
  ERR_RESULT_TOO_LARGE: 413,
  ERR_PAYLOAD_EMPTY: 400,
  ERR_PAYLOAD_JSON: 400,
  ERR_PAYLOAD_FIELD: 400,
  ERR_PAYLOAD_BASE64: 400,
  ERR_CONFIG: 400, // of the query and its predicate
  ERR_IMAGE_FORMAT: 415,
  ERR_IMAGE_DECODE: 422,
  ERR_JOB_TIMEOUT: 504,
};

/** The query takes `where`, `render`, `model` and, for the predicate to look at, `topic`. */
export function createInspectHandler(bulkhead: Bulkhead): RouteHandler {
  return async (request, response) => {
    using permit = bulkhead.tryAcquire();
    if (permit === undefined) {
      response.setHeader('Retry-After', '1').setHeader('Connection', 'close');
      return refuse(response, 503, 'Too many dry runs at once, or the workers are not ready yet.');
    }
    try {
      const query = new URLSearchParams(request.url?.replace(/^[^?]*/, '')); // a predicate may hold a further ?
      const dryRun = parseDryRun(query, bulkhead.render);
      const payload = await readBody(request, bulkhead.maxPayloadBytes);
      sendJson(
        response,
        200,
        await permit.inspect({ topic: query.get('topic') ?? 'inspect', payload, user: [], dryRun }),
      );
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      if (!request.complete) response.setHeader('Connection', 'close'); // the rest of the body is not read
      sendJson(response, STATUS[error.code] ?? 500, { error: error.message, code: error.code });
    }
  };
}

/** @throws {ServiceError} ERR_PAYLOAD_TOO_LARGE as soon as that is known, without reading on */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  assertDryRunSize(Number(request.headers['content-length'] ?? 0), maxBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).byteLength;
    assertDryRunSize(size, maxBytes);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

// `POST /reload`: reads the configuration again and takes it, all or nothing; the answer says what changed.

/** @param reload resolves to what changed, a sentence each; @throws {ServiceError} when nothing of it is taken */
export function createReloadHandler(reload: () => Promise<readonly string[]>): RouteHandler {
  return async (_request, response) => {
    try {
      sendJson(response, 200, { changes: await reload() });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      sendJson(response, 409, { error: error.message, code: error.code, details: error.details });
    }
  };
}
