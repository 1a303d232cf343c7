/** Who may ask what, decided in this order: Host, path, method, Origin, token, pictures. */

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { allowStyle, refuse, send } from './respond.js';
import type { Route, RouteHandler, Router } from './routes.js';
import type { UnlockPage } from './web-assets.js';

// Who may ask: pure checks of what a request says about itself.

const COOKIE = 'flawline';
/** host, host:port, [v6], [v6]:port. */
const HOST = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::[0-9]{1,5})?$/;

/** Name or address of a Host header without its port, lower case, IPv6 without brackets; undefined when it is none. */
export function hostName(header: string | undefined): string | undefined {
  const name = HOST.exec(header?.toLowerCase() ?? '')?.[1];
  return name?.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

interface HostPolicy {
  /** Names and addresses; a port in them is ignored. */
  readonly allowedHosts: readonly string[];
  /**
   * The address the request arrived at. It is always allowed: a page of another site that is pointed here by DNS
   * rebinding carries a name in Host, while a probe or scraper that was given an address carries that.
   */
  readonly localAddress: string | undefined;
}

export function isAllowedHost(header: string | undefined, policy: HostPolicy): boolean {
  const name = hostName(header);
  if (name === undefined) return false;
  if (policy.localAddress !== undefined && name === plainAddress(policy.localAddress)) return true;
  return policy.allowedHosts.some((allowed) => allowedName(allowed) === name);
}

/** A request that changes something: without Origin it comes from no page; with one, from a page of an allowed host. */
export function isAllowedOrigin(header: string | undefined, policy: HostPolicy): boolean {
  if (header === undefined) return true;
  const host = /^https?:\/\/([^/]*)$/i.exec(header)?.[1];
  return isAllowedHost(host, policy);
}

interface TokenCheck {
  /** The token comes in `Authorization: Bearer`, or in the cookie of the page. */
  accepts(headers: IncomingHttpHeaders): boolean;
  /** Takes the same time whatever is given. */
  matches(given: string): boolean;
  /**
   * Set-Cookie header that opens the page after the token was given once: pictures and events of a page can't carry an
   * Authorization header. It holds a digest of the token, for this browser session, never sent from other sites.
   */
  readonly setCookie: string;
}

export function createTokenCheck(token: string): TokenCheck {
  const pass = createHmac('sha256', token).update('flawline page').digest('base64url');
  const matches = (given: string) => equal(given, token);
  return {
    matches,
    accepts(headers) {
      const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
      if (bearer !== undefined) return matches(bearer);
      return cookies(headers.cookie).some(([name, value]) => name === COOKIE && equal(value, pass));
    },
    setCookie: `${COOKIE}=${pass}; HttpOnly; SameSite=Strict; Path=/`,
  };
}

/** Compares digests, so that neither time nor an exception tells the length. */
function equal(a: string, b: string): boolean {
  const key = randomBytes(32);
  const digest = (text: string) => createHmac('sha256', key).update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function cookies(header: string | undefined): readonly (readonly [string, string])[] {
  return (header ?? '').split(';').map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, Math.max(0, at)).trim(), pair.slice(at + 1).trim()] as const;
  });
}

/** An entry of http.allowedHosts as `hostName` gives it; a bare IPv6 address has no port to take off. */
function allowedName(entry: string): string | undefined {
  return hostName(entry) ?? entry.toLowerCase();
}

/** IPv4 without the mapping of a dual-stack socket. */
function plainAddress(address: string): string {
  return address.toLowerCase().replace(/^::ffff:(?=[0-9.]+$)/, '');
}

const NEEDS_TOKEN =
  'A token is needed: send "Authorization: Bearer <http.token>", or open /?token=<http.token> in a browser.';
const NO_PICTURES =
  'Pictures and /inspect are off, as this address can be reached from other machines and http.token is not set.';

interface AccessParts {
  readonly route: Router;
  /** Answers `/` when a token is needed. */
  readonly unlockPage: UnlockPage;
  readonly showsPictures: boolean;
}

interface AccessOptions {
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
