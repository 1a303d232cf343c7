/** The catalogue over HTTP: what runs, and changes of it beside the configuration. Only with http.token. */
import type { IncomingMessage } from 'node:http';
import type { CatalogueView } from '../catalogue/view.js';
import { messageOf, ServiceError } from '../std/errors.js';
import { sendJson } from './respond.js';
import type { Route, RouteHandler } from './routes.js';

/** What came of a change. */
export interface ControlAnswer {
  /** A sentence each; empty: it was so already. */
  readonly changes: readonly string[];
  /** What to know about it: what a restart makes of it, what to do next. */
  readonly notes: readonly string[];
}

export interface ModelControl {
  /**
   * Has another version inspect a share of the same pictures with spare time.
   * @param given keys of the section `model` that differ, and `share`, above 0 and at most 1 (1)
   * @throws as startRule
   */
  candidate(id: string, given: unknown): Promise<ControlAnswer>;
  /** The candidate takes over between two pictures. @throws as startRule; the candidate stays then */
  promote(id: string): Promise<ControlAnswer>;
  /** There is no candidate any more. @throws as startRule */
  discard(id: string): Promise<ControlAnswer>;
  /** Takes the version before. @throws as startRule */
  rollBack(id: string): Promise<ControlAnswer>;
}

export interface Control extends ModelControl {
  catalogue(): CatalogueView;
  /** @throws {UnknownIdError}; {ServiceError} when nothing is changed */
  startRule(id: string): Promise<ControlAnswer>;
  /** Its open results have `shutdown.timeoutMs`. @throws as startRule */
  stopRule(id: string): Promise<ControlAnswer>;
}

/** There is nothing of this id in the catalogue. */
export class UnknownIdError extends ServiceError {
  constructor(noun: 'model' | 'rule', id: string, known: readonly string[]) {
    super('ERR_CONFIG', `Cannot find the ${noun} ${id} as the catalogue must have it: it has ${known.join(', ')}`, {
      details: { [noun]: id },
    });
  }
}

const PATH = /^\/(models|rules)\/([A-Za-z0-9][A-Za-z0-9._-]{0,63})\/([a-z]+)$/;

type Action = (control: Control, id: string, body: unknown) => Promise<ControlAnswer>;

const ACTIONS: Readonly<Record<string, Action>> = {
  'models/candidate': (control, id, body) => control.candidate(id, body),
  'models/promote': (control, id) => control.promote(id),
  'models/discard': (control, id) => control.discard(id),
  'models/rollback': (control, id) => control.rollBack(id),
  'rules/start': (control, id) => control.startRule(id),
  'rules/stop': (control, id) => control.stopRule(id),
};

/** @returns the route of a path, or undefined */
export function createControlRouter(control: () => Control | undefined): (path: string) => Route | undefined {
  const withControl =
    (answer: (control: Control, ...of: Parameters<RouteHandler>) => void | Promise<void>): RouteHandler =>
    (request, response) => {
      const running = control();
      if (running !== undefined) return answer(running, request, response);
      sendJson(response, 503, { error: 'The service has not started yet.' });
    };

  const catalogue: Route = {
    methods: ['GET', 'HEAD'],
    access: 'page',
    handle: withControl((running, _, response) => sendJson(response, 200, running.catalogue())),
  };

  return (path) => {
    if (path === '/catalogue') return catalogue;
    const [, kind, id = '', verb] = PATH.exec(path) ?? [];
    const action = Object.hasOwn(ACTIONS, `${kind}/${verb}`) ? ACTIONS[`${kind}/${verb}`] : undefined;
    if (action === undefined) return undefined;
    const handle = withControl(async (running, request, response) => {
      try {
        sendJson(response, 200, await action(running, id, await readJson(request)));
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        const { code, message, details } = error;
        if (!request.complete) response.setHeader('Connection', 'close'); // the rest of the body is not read
        sendJson(response, statusOf(error), { error: message, code, details });
      }
    });
    return { methods: ['POST'], access: 'page', handle };
  };
}

/** The body is no JSON object, or too large. */
class BodyError extends ServiceError {}

function statusOf(error: ServiceError): number {
  if (error instanceof BodyError) return 400;
  return error instanceof UnknownIdError ? 404 : 409;
}

const MAX_BODY_BYTES = 64 * 1024;

/** Undefined for none. @throws {BodyError} */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).byteLength;
    if (size > MAX_BODY_BYTES) {
      throw new BodyError(
        'ERR_CONFIG',
        `Cannot take the request as its body must have at most ${MAX_BODY_BYTES} bytes`,
      );
    }
    chunks.push(chunk as Buffer);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch (cause) {
    throw new BodyError('ERR_CONFIG', `Cannot take the request as its body must be JSON: ${messageOf(cause)}`, {
      cause,
    });
  }
}
