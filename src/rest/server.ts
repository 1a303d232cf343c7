/** The server of REST: who may call, what of a call is read, and how a refusal looks. Its calls are in calls.ts. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createTokenCheck, isAllowedHost, isAllowedOrigin } from '../http/access.js';
import { closeServer, listen } from '../http/listening.js';
import type { Logger } from '../std/logger.js';
import { type Answer, errorText, sendAnswer } from './answer.js';
import { CODE, RestError } from './rest-error.js';
import { createRestRouter, NOT_FOUND, type RestRoute, WRONG_METHOD } from './routes.js';

export interface RestServerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly token?: string;
  readonly allowedHosts: readonly string[];
}

export interface RestServer {
  /** `http://127.0.0.1:9081/` */
  readonly url: string;
  /** Lets calls in progress finish for a second. */
  close(): Promise<void>;
}

/** A statement or a rule; zips come by /config/uploads. */
const MAX_BODY_BYTES = 4 * 2 ** 20;
const MAX_HEADER_BYTES = 8192;
const MAX_CONNECTIONS = 64;
/** Of a zip over a slow line. */
const REQUEST_TIMEOUT_MS = 600_000;

/** @throws {ServiceError} ERR_CONFIG when the address can't be listened on */
export async function startRestServer(
  routes: readonly RestRoute[],
  options: RestServerOptions,
  logger: Pick<Logger, 'error'>,
): Promise<RestServer> {
  const route = createRestRouter(routes);
  const token = options.token === undefined ? undefined : createTokenCheck(options.token);
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: REQUEST_TIMEOUT_MS });
  server.maxConnections = MAX_CONNECTIONS;
  const address = await listen(server, options, 'rest');

  function refusal({ headers, socket, method }: IncomingMessage): RestError | undefined {
    const policy = { allowedHosts: options.allowedHosts, localAddress: socket.localAddress };
    if (!isAllowedHost(headers.host, policy)) {
      return new RestError(CODE.undefined, 'this Host is not served: add its name to http.allowedHosts', 421);
    }
    if (method !== 'GET' && !isAllowedOrigin(headers.origin, policy)) {
      return new RestError(
        CODE.undefined,
        'a page of this Origin may not send here: add its host to http.allowedHosts',
        403,
      );
    }
    if (token !== undefined && !token.accepts(headers)) {
      return new RestError(CODE.undefined, 'a token is needed: send "Authorization: Bearer <rest.token>"', 401);
    }
    return undefined;
  }

  async function answer(request: IncomingMessage): Promise<Answer> {
    const refused = refusal(request);
    if (refused !== undefined) return errorOf(refused);
    const [path = '/'] = (request.url ?? '/').split('?', 1); // not every request target is the end of a URL
    const found = route(path);
    if (found === undefined) return NOT_FOUND;
    const { methods, readsBody } = found.route;
    const handle = Object.hasOwn(methods, request.method ?? '') ? methods[request.method ?? ''] : undefined;
    if (handle === undefined) return WRONG_METHOD;
    try {
      const body = readsBody ? '' : await readBody(request);
      return await handle({ ids: found.ids, body, request });
    } catch (error) {
      if (error instanceof RestError) return errorOf(error);
      logger.error({ err: error }, 'a REST call failed');
      return errorOf(new RestError(CODE.undefined, 'the call failed; the log says why', 500));
    }
  }

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void answer(request)
      .then((given) => {
        if (!request.complete) response.setHeader('Connection', 'close'); // the rest of the body is not read
        sendAnswer(response, given);
      })
      .catch((err: unknown) => {
        logger.error({ err }, 'REST answer failed');
        response.destroy();
      });
  });
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { url: `http://${shown}:${address.port}/`, close: () => closeServer(server) };
}

function errorOf({ code, message, status }: RestError): Answer {
  return errorText(JSON.stringify({ error: code, message }), status);
}

/** @throws {RestError} as soon as it is known to be too large, without reading on */
async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).byteLength;
    if (size > MAX_BODY_BYTES) {
      throw new RestError(CODE.undefined, `Invalid body: it has more than ${MAX_BODY_BYTES} bytes`, 413);
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
