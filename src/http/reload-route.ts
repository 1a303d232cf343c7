/** `POST /reload`: reads the configuration again and takes it, all or nothing; the answer says what changed. */
import { ServiceError } from '../std/errors.js';
import { sendJson } from './respond.js';
import type { RouteHandler } from './routes.js';

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
