import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { ServiceError } from '../std/errors.js';
import { isLoopback } from '../std/loopback.js';
import { readSecretFile } from '../std/secret-file.js';
import type { BrokerOptions } from './options.js';

// URLs of brokers.

const SCHEMES: Readonly<Record<string, string>> = {
  mqtt: 'mqtt',
  tcp: 'mqtt',
  mqtts: 'mqtts',
  ssl: 'mqtts',
  ws: 'ws',
  wss: 'wss',
};

/** Why `text` is not the URL of a broker, as "must …"; undefined when it is one. */
export function brokerUrlFault(text: string): string | undefined {
  const [, scheme = '', rest = ''] = /^([a-z+]+):\/\/(.*)$/i.exec(text) ?? [];
  if (SCHEMES[scheme.toLowerCase()] === undefined || !URL.canParse(text)) {
    return 'must be mqtt://HOST[:PORT], or with mqtts, ws or wss (tcp and ssl are taken as mqtt and mqtts)';
  }
  const url = new URL(text);
  // A password with an unescaped @ or / ends up in the host or the path: look for the @ in the text itself.
  if (rest.includes('@')) return 'must not hold credentials: give username and password (or passwordFile) instead';
  if (url.hostname === '') return 'must name a host';
  const isWebSocket = scheme.toLowerCase().startsWith('ws');
  if (!isWebSocket && (url.pathname.replace('/', '') !== '' || url.search !== '')) return 'must end after the port';
  if (url.hash !== '') return 'must not have a #fragment';
  return undefined;
}

/** The same URL with the scheme that says what is done: tcp becomes mqtt, ssl becomes mqtts. */
export function normaliseBrokerUrl(text: string): string {
  return text.replace(/^[a-z+]+(?=:)/i, (scheme) => SCHEMES[scheme.toLowerCase()] ?? scheme);
}

/** The text with everything that may be a secret hidden: credentials and query. Works on faulty URLs, too. */
export function redactUrl(text: string): string {
  return text.replace(/^([a-z+]*:?\/\/)?.*@/is, '$1***@').replace(/\?.*$/s, '?***');
}

/** True when what is sent to it leaves the machine readable for all. */
export function isPlaintextRemote(text: string): boolean {
  const { protocol, hostname } = new URL(text);
  return (protocol === 'mqtt:' || protocol === 'ws:') && !isLoopback(hostname);
}

/** Everything of MQTT.js's options that depends on which URL is tried and on what the secret files hold now. */
interface Endpoint {
  readonly protocol: 'mqtt' | 'mqtts' | 'ws' | 'wss';
  readonly host: string;
  readonly hostname: string;
  readonly port: number;
  readonly path: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly servername: string | undefined;
  readonly rejectUnauthorized: boolean;
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly wsOptions: object;
}

const DEFAULT_PORTS = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 } as const;

/**
 * How to reach one of the broker's URLs. Reads the certificate, key and password files, so that rotated ones are taken
 * when it is called for the next attempt.
 *
 * Names every key, also with undefined: the outcome is laid over that of the last attempt. `wsOptions` and `servername`
 * would otherwise keep what MQTT.js derived then.
 *
 * @throws {ServiceError} ERR_CONFIG when the URL is none, a file can't be read, or the password would leave the machine
 * in plain text without `allowPlaintextPassword`.
 */
export function readEndpoint(broker: BrokerOptions, url: string): Endpoint {
  const { protocol, host, port, path } = parseUrl(url);
  const isPlaintext = protocol === 'mqtt' || protocol === 'ws';
  const password = broker.passwordFile === undefined ? broker.password : read(broker.passwordFile, readSecretFile);
  if (isPlaintext && password !== undefined && !broker.allowPlaintextPassword && !isLoopback(host)) {
    throw new ServiceError(
      'ERR_CONFIG',
      `Cannot send the password to ${url} as it must be mqtts:// or wss://, or a loopback address, or allowPlaintextPassword must be true: ${protocol}://`,
      { details: { url } },
    );
  }
  return {
    protocol,
    host,
    hostname: path === undefined || !host.includes(':') ? host : `[${host}]`, // MQTT.js makes a URL of it for ws
    port,
    path,
    wsOptions: {},
    username: broker.username,
    password,
    servername: isIP(host) === 0 ? host : undefined,
    rejectUnauthorized: !broker.insecure,
    ca: isPlaintext ? undefined : readOptional(broker.caFile),
    cert: isPlaintext ? undefined : readOptional(broker.certFile),
    key: isPlaintext ? undefined : readOptional(broker.keyFile),
  };
}

function parseUrl(text: string): Pick<Endpoint, 'protocol' | 'host' | 'port' | 'path'> {
  const url = URL.canParse(text) ? new URL(normaliseBrokerUrl(text)) : undefined;
  const protocol = url?.protocol.slice(0, -1) ?? '';
  if (url === undefined || url.hostname === '' || !isProtocol(protocol)) {
    throw new ServiceError(
      'ERR_CONFIG',
      `Cannot connect to a broker as its URL must be mqtt://, mqtts://, ws:// or wss:// with a host: ${text}`,
    );
  }
  return {
    protocol,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? DEFAULT_PORTS[protocol] : Number(url.port),
    path: protocol.startsWith('ws') ? `${url.pathname || '/'}${url.search}` : undefined,
  };
}

function isProtocol(text: string): text is Endpoint['protocol'] {
  return Object.hasOwn(DEFAULT_PORTS, text);
}

function readOptional(file: string | undefined): Buffer | undefined {
  return file === undefined ? undefined : read(file, (path) => readFileSync(path));
}

function read<T>(file: string, reader: (path: string) => T): T {
  try {
    return reader(file);
  } catch (cause) {
    throw new ServiceError('ERR_CONFIG', `Cannot connect to the broker as the file must be readable: ${file}`, {
      cause,
      details: { file },
    });
  }
}
