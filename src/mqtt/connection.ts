import { connect, type IClientOptions, type IConnackPacket, type IDisconnectPacket, type MqttClient } from 'mqtt';
import { writeToStream } from 'mqtt-packet';
import { createBackoff } from '../std/backoff.js';
import { defined } from '../std/defined.js';
import { messageOf, ServiceError } from '../std/errors.js';
import { readWholePackets, type WholePackets } from './client-internals/packet-socket.js';
import { type MqttStream, readAnyReasonCode } from './client-internals/puback.js';
import { ClosedBeforeConnack, describeConnectFault } from './connect-fault.js';
import { readEndpoint } from './endpoint.js';
import type { Log, MqttObserver, Role } from './observer.js';
import type { BrokerOptions } from './options.js';
import { reasonCodeOf } from './publish.js';
import { createTakeoverWatch, STABLE_MS } from './takeover-watch.js';
import { createWillFallback, type Will } from './will.js';

/** The broker is back at work soon after it listens again: look often. One that answers no is asked less often. */
const LOST_BACKOFF = { firstMs: 100, limitMs: 1_500 };
const REFUSED_BACKOFF = { firstMs: 1_000, limitMs: 15_000 };
const CONNACK_TIMEOUT_MS = 10_000;
const SESSION_TAKEN_OVER = 0x8e;
const NO_REASON = 'none was given';

export interface ConnectionParts {
  readonly log: Log;
  readonly observer: Pick<MqttObserver, 'onConnected' | 'onReconnected'>;
  /** Uniform in 0..1, for the jitter. */
  readonly random: () => number;
  /** The broker accepted, before any message of this connection. */
  onOpen?(stream: MqttStream, connack: IConnackPacket): void;
  /** Packets may be sent. */
  onReady(connack: IConnackPacket): void;
  /** The connection has lasted a while. */
  onStable?(): void;
  onClose(): void;
  /** The broker ends the connection, by DISCONNECT; not called when another client took the session. */
  onDisconnect?(reasonCode: number | undefined): void;
  /** Whether what was sent last on this connection has no answer: its loss may be for that. */
  isUnanswered(): boolean;
  /**
   * An attempt failed or the connection broke; it is tried again. `cause` is what MQTT.js said. Or another client seems to
   * use our client id, see takeover-watch.ts.
   */
  onFault(error: ServiceError): void;
  /** Another client connected with our client id, and the broker says so. It is not tried again: the two would take turns. */
  onTaken(error: ServiceError): void;
}

export interface ConnectionOptions {
  readonly role: Role;
  readonly broker: BrokerOptions;
  readonly clientId: string;
  readonly protocolVersion: 4 | 5;
  readonly keepaliveSeconds: number;
  /** Large messages are read into shared memory, each whole; absent: none. Plain TCP only. */
  readonly wholePackets?: WholePackets;
  /** A session that outlives the connection; absent: none. */
  readonly session?: { readonly expirySeconds: number; readonly receiveMaximum: number };
  /** Published by the broker, retained if it can be, when the connection ends without our DISCONNECT. */
  readonly will?: Will;
}

export interface Connection {
  readonly client: MqttClient;
  /** The URL that is connected, or tried. */
  readonly url: string;
  /** Whether the connected broker takes retained messages, as far as it is known. */
  readonly isRetainAvailable: boolean;
  /** DISCONNECT and close, within `timeoutMs` even when the broker is silent; never rejects. Idempotent. */
  end(timeoutMs: number, disconnect?: Partial<IDisconnectPacket>): Promise<void>;
}

/**
 * One MQTT.js client that connects at once and again for as long as it takes: with back-off and jitter, through the
 * list of URLs, with certificates and password read again at every attempt.
 *
 * CONNECT announces no Maximum Packet Size: a broker silently drops what exceeds it [MQTT-3.1.2-25].
 * @throws {ServiceError} ERR_CONFIG as readEndpoint, for the first URL
 */
export function createConnection(parts: ConnectionParts, options: ConnectionOptions): Connection {
  const { log, observer } = parts;
  const { role, broker } = options;
  const lost = createBackoff(parts.random, LOST_BACKOFF);
  const refused = createBackoff(parts.random, REFUSED_BACKOFF);
  let urlIndex = 0;
  let hasConnected = false;
  let isConnected = false;
  /** This attempt's, whether it accepts or refuses. */
  let hasConnack = false;
  let hasFault = false;
  let isEnding = false;
  let isRetainAvailable = true;
  let openedAtMs = 0;
  /** Whether the loss of this connection has a reason: the broker's, the parser's, or ours. */
  let hasReason = false;
  /** In words; a reset has some, and is no reason. */
  let reason = NO_REASON;
  const takeovers = createTakeoverWatch(parts.random);
  /** Faults that are in the log since the last connection. */
  const toldFaults = new Set<string>();
  const will = createWillFallback(options.will, log);
  let stable: NodeJS.Timeout | undefined;

  const settings = { ...clientOptions(options, lost.next()), ...defined({ will: will.option }) };
  Object.assign(settings, readEndpoint(broker, currentUrl()));
  // Else the first packet makes a buffer of every number below 65 536: 6 MB for good, and 30 ms before the CONNECT.
  writeToStream.cacheNumbers = false;
  readAnyReasonCode();
  const client = connect({ ...settings, manualConnect: true });
  if (options.wholePackets !== undefined) readWholePackets(client, options.wholePackets);
  client.options.manualConnect = false; // with it a client that is ended connects again
  client.connect();

  // 'connect' comes too late: messages of a resumed session may be in the same chunk as the CONNACK.
  client.on('packetreceive', (packet) => {
    if (packet.cmd !== 'connack') return;
    hasConnack = true;
    if (isAccepted(packet)) parts.onOpen?.(client.stream, packet);
  });

  client.on('connect', (connack) => {
    if (!will.accepted()) {
      client.stream.destroy();
      return;
    }
    if (hasConnected) observer.onReconnected(role);
    hasConnected = true;
    isConnected = true;
    openedAtMs = performance.now();
    hasReason = false;
    reason = NO_REASON;
    toldFaults.clear();
    refused.reset();
    client.options.reconnectPeriod = takeovers.nextDelayMs() ?? client.options.reconnectPeriod ?? LOST_BACKOFF.firstMs;
    isRetainAvailable =
      connack.properties?.retainAvailable !== false && (options.will === undefined || will.isRetained);
    clearTimeout(stable);
    stable = setTimeout(() => {
      lost.reset();
      client.options.reconnectPeriod = lost.next();
      parts.onStable?.();
    }, STABLE_MS);
    observer.onConnected(role, true);
    log.info({ role, url: currentUrl(), sessionPresent: connack.sessionPresent }, 'connected to the broker');
    if (broker.insecure)
      log.warn({ role, url: currentUrl() }, 'the certificate of the broker is not verified: insecure');
    parts.onReady(connack);
  });

  client.on('close', () => {
    clearTimeout(stable);
    client.options.reconnectPeriod = lost.next(); // for the next time: the timer of this one runs already
    if (isConnected) {
      observer.onConnected(role, false);
      if (isEnding) log.info({ role, url: currentUrl() }, 'disconnected from the broker');
      else {
        log.warn({ role, url: currentUrl(), reason }, 'the connection to the broker is closed');
        lookForTakeover();
      }
    } else if (!hasConnack && !hasFault && !isEnding) closedBeforeConnack();
    parts.onClose();
  });

  client.on('reconnect', () => {
    if (!isConnected) urlIndex = (urlIndex + 1) % broker.url.length;
    isConnected = false;
    hasConnack = false;
    hasFault = false;
    try {
      Object.assign(client.options, readEndpoint(broker, currentUrl()));
    } catch (error) {
      fault(error); // a file that is being replaced: once more with what was read before
    }
    Object.assign(client.options, { will: will.option });
  });

  client.on('error', (error) => {
    const reasonCode = reasonCodeOf(error);
    if (reasonCode !== undefined) {
      client.options.reconnectPeriod = refused.next();
      will.refused(reasonCode);
    }
    reason = messageOf(error);
    if (isConnected) hasReason ||= !isReset(error);
    else takeovers.failed();
    if (!hasConnack && isReset(error) && isPlain(currentUrl())) closedBeforeConnack();
    else fault(error);
    client.stream.destroy(); // after a packet that can't be parsed MQTT.js would go on in the middle of nowhere
  });

  client.on('disconnect', ({ reasonCode }) => {
    hasReason = true;
    reason = `DISCONNECT 0x${(reasonCode ?? 0).toString(16)}`;
    if (reasonCode !== SESSION_TAKEN_OVER) {
      log.warn({ role, reasonCode }, 'the broker disconnects');
      parts.onDisconnect?.(reasonCode);
      client.stream.destroy();
      return;
    }
    client.end(true);
    const error = sessionTaken(`another client connected as ${options.clientId}`);
    log.error({ role, url: currentUrl(), err: error }, error.message);
    parts.onFault(error);
    parts.onTaken(error);
  });

  function lookForTakeover(): void {
    const livedMs = performance.now() - openedAtMs;
    const verdict = takeovers.lost({ livedMs, hasReason, isAmbiguous: parts.isUnanswered() });
    if (verdict === 'no') return;
    const error = sessionTaken(
      `is another client connected as ${options.clientId}? The broker closes one connection after the other soon after CONNACK, without a word`,
    );
    log[verdict === 'first' ? 'error' : 'debug']({ role, url: currentUrl(), err: error }, error.message);
    parts.onFault(error);
  }

  function sessionTaken(found: string): ServiceError {
    const text = `Cannot keep the session as its client id must be that of one client only: ${found}. Give each service a mqtt.clientId of its own`;
    return new ServiceError('ERR_SESSION_TAKEN', text, { details: { clientId: options.clientId, role } });
  }

  function currentUrl(): string {
    return broker.url[urlIndex] ?? '';
  }

  function closedBeforeConnack(): void {
    takeovers.failed();
    will.closed();
    fault(new ClosedBeforeConnack());
  }

  function fault(cause: unknown): void {
    hasFault = true;
    const attempt = { url: currentUrl(), protocolVersion: options.protocolVersion };
    const text = isConnected ? messageOf(cause) : describeConnectFault(cause, attempt);
    const message = `Cannot keep a connection as the broker must accept it: ${currentUrl()}: ${text}`;
    const error =
      cause instanceof ServiceError ? cause : new ServiceError('ERR_BROKER', message, { cause, details: { role } });
    const isNews = !toldFaults.has(error.message);
    toldFaults.add(error.message);
    log[isNews ? 'warn' : 'debug']({ role, url: currentUrl(), err: error }, error.message);
    parts.onFault(error);
  }

  return {
    client,
    get url() {
      return currentUrl();
    },
    get isRetainAvailable() {
      return isRetainAvailable;
    },
    end(timeoutMs, disconnect = {}) {
      isEnding = true;
      return new Promise((resolve) => {
        const finish = (): void => {
          clearTimeout(timer);
          client.stream.destroy(); // a client that is ending takes no second, forced end()
          resolve();
        };
        const timer = setTimeout(finish, timeoutMs);
        client.end(!client.connected, disconnect, finish);
      });
    },
  };
}

function clientOptions(options: ConnectionOptions, reconnectPeriod: number): IClientOptions {
  const { session, protocolVersion } = options;
  return {
    clientId: options.clientId,
    protocolVersion,
    keepalive: options.keepaliveSeconds,
    clean: session === undefined,
    reconnectPeriod,
    reconnectOnConnackError: true, // false by default: one refusal and never again
    connectTimeout: CONNACK_TIMEOUT_MS,
    resubscribe: false, // the source subscribes at every connection
    queueQoSZero: false,
    ...(session === undefined || protocolVersion === 4
      ? {}
      : { properties: { sessionExpiryInterval: session.expirySeconds, receiveMaximum: session.receiveMaximum } }),
  };
}

function isAccepted(connack: IConnackPacket): boolean {
  return (connack.reasonCode ?? connack.returnCode) === 0;
}

/** The socket was reset or broken, as by a peer that does not like what it was sent. */
function isReset(error: unknown): boolean {
  const isCoded = typeof error === 'object' && error !== null && 'code' in error;
  return isCoded && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

function isPlain(url: string): boolean {
  return /^(mqtt|ws):/.test(url);
}
