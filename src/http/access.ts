/** Who may ask what, decided in this order: Host, path, method, Origin, token, pictures. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createTokenCheck, type HostPolicy, isAllowedHost, isAllowedOrigin } from './auth.js';
import { allowStyle, refuse, send } from './respond.js';
import type { Route, RouteHandler, Router } from './routes.js';
import type { UnlockPage } from './web-assets.js';

const NEEDS_TOKEN =
  'A token is needed: send "Authorization: Bearer <http.token>", or open /?token=<http.token> in a browser.';
const NO_PICTURES =
  'Pictures and /inspect are off, as this address can be reached from other machines and http.token is not set.';

export interface AccessParts {
  readonly route: Router;
  /** Answers `/` when a token is needed. */
  readonly unlockPage: UnlockPage;
  readonly showsPictures: boolean;
}

export interface AccessOptions {
  readonly token?: string;
  readonly allowedHosts: readonly string[];
}

/** Wraps the routes with every check that comes before them. */
export function createAccessControl(parts: AccessParts, options: AccessOptions): RouteHandler {
  const { route, unlockPage, showsPictures } = parts;
  const token = options.token === undefined ? undefined : createTokenCheck(options.token);

  /** False when the request was answered here: with the page that asks for the token, or with a refusal. */
  function isAdmitted({ access }: Route, request: IncomingMessage, response: ServerResponse, url: Target): boolean {
    if (access === 'probe') return true;
    if (token !== undefined) {
      const isPage = url.path === '/';
      // Swapped for a cookie, so that the token does not stay in the address bar.
      // A token has no blanks, but what is typed into an address bar may have a + that is read as one.
      if (isPage && token.matches((url.query.get('token') ?? '').replaceAll(' ', '+'))) {
        response.writeHead(303, { Location: '/', 'Set-Cookie': token.setCookie, 'Content-Length': 0 }).end();
        return false;
      }
      if (!token.accepts(request.headers)) {
        response.setHeader('WWW-Authenticate', 'Bearer');
        if (isPage) {
          allowStyle(response, unlockPage.styleSha256);
          send(response, 401, unlockPage.contentType, unlockPage.body);
        } else refuse(response, 401, NEEDS_TOKEN);
        return false;
      }
    }
    if (access === 'pictures' && !showsPictures) {
      refuse(response, 403, NO_PICTURES);
      return false;
    }
    return true;
  }

  return (request, response) => {
    const policy: HostPolicy = { allowedHosts: options.allowedHosts, localAddress: request.socket.localAddress };
    if (!isAllowedHost(request.headers.host, policy)) {
      refuse(response, 421, 'This Host is not served: add its name to http.allowedHosts.');
      return undefined;
    }
    const url = target(request.url);
    const found = route(url.path);
    if (found === undefined) {
      refuse(response, 404, 'There is nothing at this path.');
      return undefined;
    }
    if (!found.methods.includes(request.method ?? '')) {
      response.setHeader('Allow', found.methods.join(', '));
      refuse(response, 405, `This path takes only ${found.methods.join(', ')}.`);
      return undefined;
    }
    if (request.method === 'POST' && !isAllowedOrigin(request.headers.origin, policy)) {
      refuse(response, 403, 'A page of this Origin may not send here: add its host to http.allowedHosts.');
      return undefined;
    }
    return isAdmitted(found, request, response, url) ? found.handle(request, response) : undefined;
  };
}

interface Target {
  readonly path: string;
  readonly query: URLSearchParams;
}

function target(url = '/'): Target {
  const at = url.indexOf('?');
  return at < 0
    ? { path: url, query: new URLSearchParams() }
    : { path: url.slice(0, at), query: new URLSearchParams(url.slice(at + 1)) };
}
