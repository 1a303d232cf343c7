/** HTTP GET with what Node's own fetch leaves out: a certificate file, proxies, credentials in the URL. */
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import tls from 'node:tls';

export interface HttpSettings {
  /** PEM certificates that replace the built-in ones. */
  readonly ca: string | undefined;
  /** The proxy for a URL, or undefined for none. */
  readonly proxyFor: (url: URL) => URL | undefined;
  /** Silence on the line before giving up. */
  readonly timeoutMs: number;
}

const MAX_REDIRECTS = 5;

/**
 * The answer with status 200 and the URL it came from after redirects; its body is to be read by the caller.
 * @throws {Error} on any other status, without a name or password of the URL in its message
 */
export async function get(
  url: URL,
  accept: string,
  settings: HttpSettings,
): Promise<{ readonly response: IncomingMessage; readonly url: URL }> {
  let at = url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await getOnce(at, accept, settings);
    const { statusCode = 0, headers } = response;
    if (statusCode === 200) return { response, url: at };
    response.resume();
    if (statusCode < 300 || statusCode > 399 || headers.location === undefined) {
      throw new Error(`${printable(at)} answered ${statusCode}`);
    }
    at = new URL(headers.location, at);
    if (at.protocol !== 'https:' && at.protocol !== 'http:') throw new Error(`${printable(at)} is not HTTP`);
  }
  throw new Error(`${printable(url)} redirects more than ${MAX_REDIRECTS} times`);
}

/** The proxy that the usual variables and pip's own setting name. */
export function proxyChoice(
  env: Readonly<Record<string, string | undefined>>,
  pipProxy: string | undefined,
): HttpSettings['proxyFor'] {
  const variable = (name: string): string | undefined => env[name.toLowerCase()] || env[name] || undefined;
  const exempt = (variable('NO_PROXY') ?? '').split(',').map((part) => part.trim().replace(/^\*?\./, ''));
  return ({ protocol, hostname }) => {
    const isExempt = exempt.some(
      (part) => part === '*' || part === hostname || (part && hostname.endsWith(`.${part}`)),
    );
    if (isExempt) return undefined;
    const proxy = pipProxy ?? variable(protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY') ?? variable('ALL_PROXY');
    return proxy === undefined ? undefined : new URL(proxy.includes('://') ? proxy : `http://${proxy}`);
  };
}

/** A URL without name, password and query. */
export function printable({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`;
}

async function getOnce(url: URL, accept: string, settings: HttpSettings): Promise<IncomingMessage> {
  const headers = { accept, ...basicAuth('authorization', url) };
  const proxy = settings.proxyFor(url);
  const { ca, timeoutMs } = settings;
  const secure = ca === undefined ? {} : { ca };
  if (url.protocol === 'http:' && proxy === undefined)
    return send(http.get(bare(url), { headers, timeout: timeoutMs }));
  if (url.protocol === 'http:' && proxy !== undefined) {
    const path = bare(url).href;
    const through = { host: proxy.hostname, port: proxy.port || 80, path, timeout: timeoutMs };
    return send(
      http.get({ ...through, headers: { ...headers, host: url.host, ...basicAuth('proxy-authorization', proxy) } }),
    );
  }
  if (proxy === undefined) return send(https.get(bare(url), { headers, timeout: timeoutMs, ...secure }));
  const socket = await tunnel(url, proxy, timeoutMs);
  // No agent: one makes its own connections, past the proxy (`agent: false` makes one). It also sets the time-out on them.
  const createConnection = () => tls.connect({ socket, servername: url.hostname, ...secure }).setTimeout(timeoutMs);
  return send(https.get(bare(url), { headers, timeout: timeoutMs, createConnection }));
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#CONNECT */
function tunnel(url: URL, proxy: URL, timeoutMs: number): Promise<IncomingMessage['socket']> {
  const path = `${url.hostname}:${url.port || 443}`;
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: proxy.hostname,
      port: proxy.port || 80,
      method: 'CONNECT',
      path,
      headers: { host: path, ...basicAuth('proxy-authorization', proxy) },
      timeout: timeoutMs,
    });
    request.once('connect', (response, socket) => {
      if (response.statusCode === 200) resolve(socket as IncomingMessage['socket']);
      else reject(new Error(`the proxy ${proxy.host} answered ${response.statusCode}`));
    });
    request.once('timeout', () =>
      request.destroy(new Error(`the proxy ${proxy.host} said nothing for ${timeoutMs} ms`)),
    );
    request.once('error', reject);
    request.end();
  });
}

function send(request: http.ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.once('timeout', () => request.destroy(new Error(`${request.host} said nothing for too long`)));
    request.once('error', reject);
  });
}

function basicAuth(header: string, { username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { [header]: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function bare(url: URL): URL {
  const copy = new URL(url);
  copy.username = '';
  copy.password = '';
  return copy;
}
