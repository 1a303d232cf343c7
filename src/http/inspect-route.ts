/** `POST /inspect`: a dry run of one picture, answered at once. */
import type { IncomingMessage } from 'node:http';
import { assertDryRunSize, type Bulkhead } from '../requests/bulkhead.js';
import { parseDryRun } from '../requests/parse-dry-run.js';
import { type ErrorCode, ServiceError } from '../std/errors.js';
import { refuse, sendJson } from './respond.js';
import type { RouteHandler } from './routes.js';

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

/** The query takes `where`, `render` and, for the predicate to look at, `topic`. */
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
