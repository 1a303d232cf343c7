/** What is at which path: the whole outside of the HTTP server on one page. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { mediaTypeOf } from '../imaging/formats.js';
import type { ReadinessState } from '../telemetry/readiness.js';
import type { RecentResults } from '../telemetry/recent-results.js';
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
}

const READ = ['GET', 'HEAD'];
const RESULT_PATH = /^\/results\/([1-9][0-9]{0,14})(\/original)?$/;

export function createRouter(parts: RouteParts): Router {
  const { clientId, readiness, metrics, recent, events, assets, inspect, reload } = parts;
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
    if (n === undefined) return fixed.get(path);
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
