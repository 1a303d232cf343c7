/** URLs of brokers. */
import { isLoopback } from '../std/this-machine.js';

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
