/** The catalogue over HTTP: what runs, and changes of it beside the configuration. Only with http.token. */
import type { CatalogueView } from '../catalogue/view.js';
import { ServiceError } from '../std/errors.js';
import { sendJson } from './respond.js';
import type { Route, RouteHandler } from './routes.js';

/** What came of a change. */
export interface ControlAnswer {
  /** A sentence each; empty: it was so already. */
  readonly changes: readonly string[];
  /** What to know about it: what a restart makes of it, what to do next. */
  readonly notes: readonly string[];
}

export interface Control {
  catalogue(): CatalogueView;
  /** @throws {UnknownIdError}; {ServiceError} when nothing is changed */
  startRule(id: string): Promise<ControlAnswer>;
  /** Its open results have `shutdown.timeoutMs`. @throws as startRule */
  stopRule(id: string): Promise<ControlAnswer>;
  /** Takes the version before. @throws as startRule */
  rollBack(id: string): Promise<ControlAnswer>;
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

type Action = (control: Control, id: string) => Promise<ControlAnswer>;

const ACTIONS: Readonly<Record<string, Action>> = {
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
    const handle = withControl(async (running, _, response) => {
      try {
        sendJson(response, 200, await action(running, id));
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        const { code, message, details } = error;
        sendJson(response, error instanceof UnknownIdError ? 404 : 409, { error: message, code, details });
      }
    });
    return { methods: ['POST'], access: 'page', handle };
  };
}
