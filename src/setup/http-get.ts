/**
 * HTTP GET with what Node's own fetch leaves out: a certificate file, proxies, credentials in the URL. Redirects are
 * followed here, as credentials of the URL they come from must not follow them.
 */
import type { Readable } from 'node:stream';
import { Agent, type Dispatcher, ProxyAgent, request } from 'undici';
import { messageOf } from '../std/errors.js';

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
): Promise<{ readonly body: Readable; readonly url: URL }> {
  let at = url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const { statusCode, headers, body } = await getOnce(at, accept, settings);
    if (statusCode === 200) return { body, url: at };
    await body.dump();
    const { location } = headers;
    if (statusCode < 300 || statusCode > 399 || typeof location !== 'string') {
      throw new Error(`${printable(at)} answered ${statusCode}`);
    }
    at = new URL(location, at);
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

async function getOnce(url: URL, accept: string, settings: HttpSettings): Promise<Dispatcher.ResponseData> {
  const proxy = settings.proxyFor(url);
  const dispatcher = dispatcherFor(url, proxy, settings);
  try {
    const authorization = basicAuth(url);
    const headers = authorization === undefined ? { accept } : { accept, authorization };
    const response = await request(bare(url), { dispatcher, headers });
    response.body.once('close', () => void dispatcher.destroy());
    return response;
  } catch (error) {
    void dispatcher.destroy();
    throw transferError(error, url, settings);
  }
}

function dispatcherFor(url: URL, proxy: URL | undefined, { ca, timeoutMs }: HttpSettings): Dispatcher {
  const secure = ca === undefined ? {} : { ca };
  const limits = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs, connectTimeout: timeoutMs };
  if (proxy === undefined) return new Agent({ ...limits, connect: { ...secure, timeout: timeoutMs } });
  const token = basicAuth(proxy);
  return new ProxyAgent({
    ...limits,
    uri: bare(proxy).href,
    ...(token === undefined ? {} : { token }),
    requestTls: { ...secure, timeout: timeoutMs },
    proxyTunnel: url.protocol === 'https:',
  });
}

/** What went wrong on the way, in words for people instead of the library's. */
export function transferError(error: unknown, url: URL, { proxyFor, timeoutMs }: HttpSettings): Error {
  const message = messageOf(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const refusal = /^Proxy response \((\d+)\)/.exec(message)?.[1];
  if (refusal !== undefined) return new Error(`the proxy ${proxyFor(url)?.host} answered ${refusal}`, { cause: error });
  if (/_TIMEOUT$/.test(code)) {
    return new Error(`${url.host} said nothing for too long (${timeoutMs} ms)`, { cause: error });
  }
  return new Error(`${url.host} cannot be reached: ${message === '' ? code : message}`, { cause: error });
}

function basicAuth({ username, password }: URL): string | undefined {
  if (username === '') return undefined;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function bare(url: URL): URL {
  const copy = new URL(url);
  copy.username = '';
  copy.password = '';
  return copy;
}
