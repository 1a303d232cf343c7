/** Every call of REST: its path, its methods, and who answers. The OpenAPI document is held to this table. */
import type { IncomingMessage } from 'node:http';
import { type Answer, errorText, json, text } from './answer.js';
import { CODE, RestError } from './rest-error.js';

/** One call. */
export interface Call {
  /** Names in the path, in its order. */
  readonly ids: readonly string[];
  /** The whole body as text; '' for calls that read it themselves. */
  readonly body: string;
  readonly request: IncomingMessage;
}

export type CallHandler = (call: Call) => Answer | Promise<Answer>;

export interface RestRoute {
  /** With {id} for a name. */
  readonly path: string;
  readonly methods: Readonly<Record<string, CallHandler>>;
  /** The handler reads the body: it may be large. */
  readonly readsBody?: true;
}

/** Calls of eKuiper that are answered with a refusal: somebody will ask for them. */
const ELSEWHERE: readonly (readonly [path: string, reason: string])[] = [
  ['/tables/{id}', 'tables are not supported: only streams of pictures are'],
  ['/rules/{id}/tags', 'tags are given with the rule: PUT it with other ones'],
  ['/rules/{id}/trace/start', 'traces are not supported: the log at level debug has a line for each picture'],
  ['/rules/{id}/trace/stop', 'traces are not supported'],
  ['/ruletest', 'trial rules are not supported: POST /inspect of the page tries a picture'],
  ['/ruletest/{id}', 'trial rules are not supported'],
  ['/ruletest/{id}/start', 'trial rules are not supported'],
  ['/ruleset/export', 'use GET /data/export'],
  ['/ruleset/import', 'post streams, plugins and rules one by one'],
  ['/data/import', 'post streams, plugins and rules one by one'],
  ['/data/import/status', 'post streams, plugins and rules one by one'],
  ['/plugins/sources', 'plugins of sources are not supported: pictures come by MQTT'],
  ['/plugins/sources/{id}', 'plugins of sources are not supported'],
  ['/plugins/sinks', 'plugins of sinks are not supported: mqtt, log and nop are there'],
  ['/plugins/sinks/{id}', 'plugins of sinks are not supported'],
  ['/services', 'external services are not supported'],
  ['/services/{id}', 'external services are not supported'],
  ['/schemas/{id}', 'schemas are not supported: messages are JSON, or pictures as they are'],
  ['/connections', 'connections are given with each action'],
  ['/connections/{id}', 'connections are given with each action'],
  ['/configs', 'the configuration is in a file: flawline config check shows it'],
  ['/configkeys/{id}', 'the configuration is in a file'],
  ['/async/data/import', 'post streams, plugins and rules one by one'],
  ['/batch/req', 'calls are made one by one'],
];

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'] as const;

/** Routes that refuse, in eKuiper's form. */
export function refusedRoutes(): readonly RestRoute[] {
  return ELSEWHERE.map(([path, reason]) => {
    const refuse: CallHandler = () => {
      throw new RestError(CODE.undefined, `this call is not supported here: ${reason}`);
    };
    return { path, methods: Object.fromEntries(METHODS.map((method) => [method, refuse])) };
  });
}

export type RestRouter = (path: string) => { readonly route: RestRoute; readonly ids: readonly string[] } | undefined;

/** The first of the routes that fits: those without names stand before those with. */
export function createRestRouter(routes: readonly RestRoute[]): RestRouter {
  const patterns = routes.map((route) => ({ route, levels: route.path.split('/') }));
  return (path) => {
    const levels = path.split('/');
    const found = patterns.find(
      (each) =>
        each.levels.length === levels.length &&
        each.levels.every((level, at) => (level === '{id}' ? levels[at] !== '' : level === levels[at])),
    );
    if (found === undefined) return undefined;
    const ids = levels.filter((_, at) => found.levels[at] === '{id}').map(decoded);
    return { route: found.route, ids };
  };
}

function decoded(level: string): string {
  try {
    return decodeURIComponent(level);
  } catch {
    return level;
  }
}

export const NOT_FOUND: Answer = errorText('404 page not found', 404);
export const WRONG_METHOD: Answer = { status: 405, body: '' };
export const EMPTY: Answer = { status: 200, body: '' };
export const NO_TABLES: CallHandler = () => json([]);
export const NO_CPU_USAGE: CallHandler = () => text('cpu usage not enabled');
