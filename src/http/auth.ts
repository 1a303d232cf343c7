/** Who may ask: pure checks of what a request says about itself. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const COOKIE = 'flawline';
/** host, host:port, [v6], [v6]:port. */
const HOST = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::[0-9]{1,5})?$/;

/** Name or address of a Host header without its port, lower case, IPv6 without brackets; undefined when it is none. */
export function hostName(header: string | undefined): string | undefined {
  const name = HOST.exec(header?.toLowerCase() ?? '')?.[1];
  return name?.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

export interface HostPolicy {
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

export interface TokenCheck {
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
