/** Why a broker could not be reached, in words that say what to do about it. */
import { messageOf } from '../std/errors.js';
import { reasonCodeOf } from './publish.js';

/** The connection ended before the broker answered CONNECT: it gave no reason. */
export class ClosedBeforeConnack extends Error {
  override readonly name = 'ClosedBeforeConnack';
  constructor() {
    super('closed before CONNACK');
  }
}

export interface Attempt {
  readonly url: string;
  readonly protocolVersion: 4 | 5;
  /** Of a client beside the service's two, whose user may be tied to another one. */
  readonly extraClientId?: string;
}

/** Return code of MQTT 3.1.1 and reason code of MQTT 5 for a version that the broker does not speak. */
const VERSION_REFUSED = new Set([0x01, 0x84]);
/** Return codes of MQTT 3.1.1 and reason codes of MQTT 5: bad user name or password, not authorized. */
const LOGIN_REFUSED = new Set([0x04, 0x05, 0x86, 0x87]);
const CLIENT_ID_REFUSED = new Set([0x02, 0x85]);

/** What MQTT.js, its parser, the socket or TLS said, and the likely setting. */
export function describeConnectFault(cause: unknown, attempt: Attempt): string {
  if (cause instanceof AggregateError) {
    const texts = cause.errors.map((error) => messageOf(error));
    return withAdvice(texts.join(', '), adviceFor(cause.errors[0], attempt));
  }
  return withAdvice(messageOf(cause), adviceFor(cause, attempt));
}

function withAdvice(text: string, advice: string | undefined): string {
  return advice === undefined ? text : `${text}. ${advice}`;
}

function adviceFor(cause: unknown, attempt: Attempt): string | undefined {
  const reasonCode = reasonCodeOf(cause);
  if (reasonCode !== undefined) return adviceForRefusal(reasonCode, attempt);
  if (cause instanceof ClosedBeforeConnack) {
    return `${versionAdvice(attempt)}; or look at the port and the scheme of the URL (TLS: mqtts://), and whether the broker is full`;
  }
  const code = systemCodeOf(cause);
  return code === undefined ? adviceForAnswer(messageOf(cause)) : adviceForSystem(code, attempt);
}

function adviceForRefusal(reasonCode: number, attempt: Attempt): string | undefined {
  if (VERSION_REFUSED.has(reasonCode)) return versionAdvice(attempt);
  const isLogin = LOGIN_REFUSED.has(reasonCode);
  if (!isLogin && !CLIENT_ID_REFUSED.has(reasonCode)) return undefined;
  if (attempt.extraClientId !== undefined) {
    const tied = `a broker that ties users to client ids takes ${attempt.extraClientId} only from a user that may have any (mqtt.username and sink.username; docs/security.md)`;
    return isLogin ? `Check username and password; ${tied}` : tied;
  }
  return isLogin
    ? 'Check username and password, and whether the broker lets this user connect with this client id'
    : 'The broker does not take this client id (mqtt.clientId)';
}

function versionAdvice({ protocolVersion }: Attempt): string {
  const other = protocolVersion === 5 ? 4 : 5;
  const name = other === 4 ? 'MQTT 3.1.1' : 'MQTT 5';
  return `If the broker speaks ${name} only, set mqtt.protocolVersion: ${other} (FLAWLINE_MQTT_PROTOCOL_VERSION=${other})`;
}

function adviceForSystem(code: string, { url }: Attempt): string | undefined {
  const isTls = /^(mqtts|wss):/.test(url);
  if (code === 'ECONNREFUSED') {
    return 'Nothing listens there: start a broker (for instance mosquitto), or name another one (FLAWLINE_MQTT_URL)';
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'The name of the host is not known here';
  if (
    isTls &&
    ['ECONNRESET', 'EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG'].includes(code)
  ) {
    return 'Does the broker speak TLS on this port? Without it the URL begins with mqtt:// or ws://';
  }
  return undefined;
}

/** For errors without a code: those of the parser, and of the WebSocket. */
function adviceForAnswer(message: string): string | undefined {
  if (/^Unexpected server response/.test(message)) {
    return 'A web server answers, but no broker: look at the path of the URL, in general /mqtt';
  }
  if (/^(no answer|connack timeout|Keepalive timeout)/.test(message)) return undefined;
  return 'What answers there is not an MQTT broker, or it speaks TLS (mqtts://)';
}

function systemCodeOf(cause: unknown): string | undefined {
  const isCoded = typeof cause === 'object' && cause !== null && 'code' in cause;
  return isCoded && typeof cause.code === 'string' ? cause.code : undefined;
}
