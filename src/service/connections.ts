/** Connections to brokers, with what they report turned into metrics and readiness. */
import type { StreamSpec } from '../catalogue/catalogue.js';
import type { Config, RuleSink } from '../config/config.js';
import type { Role } from '../domain/closed-sets.js';
import type { Delivery, OutgoingMessage } from '../domain/delivery.js';
import { DEFAULT_ID, type RuleSpec } from '../domain/rule.js';
import type { SinkCompanion } from '../mqtt/companions.js';
import type { MqttObserver } from '../mqtt/observer.js';
import { createRequestListener, type RequestListenerOptions, type RequestListenerParts } from '../mqtt/requests.js';
import { createSink, type SinkOptions, type SinkParts } from '../mqtt/sink.js';
import { createSource } from '../mqtt/source.js';
import type { Sink, SinkConnection, Source } from '../pipeline/ports.js';
import { defined } from '../std/defined.js';
import type { ServiceError } from '../std/errors.js';
import { createSharedCondition } from '../telemetry/readiness.js';
import { type ServiceContext, streamLabels } from './context.js';
import { createLinkStates, type LinkState } from './link-states.js';

export interface Connections {
  /** Sends each message to the sink that it names. */
  readonly sink: Sink;
  /** Connects at once, subscribes as soon as that worked, and again after every loss. */
  openSource(stream: StreamSpec, onDelivery: (delivery: Delivery) => void): Source;
  /** The source of this stream has ended, and says nothing any more. */
  sourceEnded(id: string): void;
  /** Opens the sinks of a configuration that are not open yet; those that are get the names that it has for them. */
  addSinks(config: Pick<Config, 'sinks' | 'rules'>): void;
  /** Resolves when none of these sinks is being disconnected: two connections of one client id would end each other. */
  haveEnded(sinks: Config['sinks']): Promise<void>;
  /** Disconnects sinks that no rule of any version names any more. @param keep keys of the others */
  dropSinks(keep: ReadonlySet<string>): Promise<void>;
  /** How a source is, or a sink: '' is that of the section `sink`. */
  linkOf(role: Role, name: string): LinkState;
  /** Disconnects all sinks; what is still being published is given up. */
  endSinks(): Promise<void>;
}

/** What the section `sink` is called beside sinks of rules. */
const SECTION_SINK = 'sink';
export const END_TIMEOUT_MS = 1000;

export interface ConnectionHandlers {
  readonly requests: RequestListenerOptions & Pick<RequestListenerParts, 'answer'>;
  /** Absent: health messages are off. */
  readonly health: (() => OutgoingMessage) | undefined;
  /** What else goes over the connection of the section `sink`. */
  readonly companions: readonly SinkCompanion[];
  /** Aborts when what is published from now on, and what has no answer yet, is to be given up. */
  readonly ending: AbortSignal;
}

type ConnectionContext = Pick<ServiceContext, 'config' | 'parts' | 'readiness' | 'fail' | 'ledger' | 'metrics'>;

/** The connections of the sinks are opened at once. */
export function openConnections(
  context: ConnectionContext,
  { requests, health, companions, ending }: ConnectionHandlers,
): Connections {
  const { config, parts, readiness, fail } = context;
  const onTaken = (error: ServiceError) => fail({ error, hangs: false });
  const sourceCondition = createSharedCondition(readiness, 'source', []);
  const isRead = config.streams.some(({ id }) => config.rules.some(({ stream }) => stream === id));
  if (!isRead) readiness.fulfil('source'); // there is nothing to subscribe to
  const ups = createUpTracker(context);
  const links = createLinkStates(Date.now);
  const openSources = new Set<string>();
  const requestListener = createRequestListener(
    {
      log: parts.logger.child({ component: 'requests' }),
      answer: requests.answer,
      publish: (message, signal) => main.publish(message, signal),
    },
    requests,
  );
  /** By key, in words of the configuration: who has a sink of their own are rules. */
  const sinkNames = new Map<string, string>();
  const sinkCondition = createSharedCondition(readiness, 'sink', [], (key) => sinkNames.get(key) ?? key);

  function openSink(
    {
      protocolVersion,
      ...options
    }: Pick<SinkOptions, 'broker' | 'key' | 'clientId'> & Pick<RuleSink, 'protocolVersion'>,
    more: Partial<SinkParts>,
  ): SinkConnection {
    const { key = SECTION_SINK } = options;
    const reasonOf = lastReason();
    let isEnding = false;
    sinkCondition.report(key, 'not connected');
    const connection = createSink(
      {
        observer: mqttObserver(context, ups.open('sink', key)),
        random: parts.random,
        log: parts.logger.child({ component: 'sink' }),
        onState({ isConnected, fault }) {
          const reason = reasonOf(isConnected, fault);
          links.report(linkName('sink', options.key ?? ''), isConnected, reason);
          if (!isEnding) sinkCondition.report(key, isConnected ? undefined : (reason ?? 'not connected'));
        },
        // Without it a result that the broker hangs up on would be found only when others go the same way.
        ...(health === undefined ? {} : { canary: (): OutgoingMessage => ({ ...health(), qos: 1 }) }),
        onTaken,
        ...more,
      },
      { ...options, mqtt: { ...config.mqtt, ...defined({ protocolVersion }) } },
    );
    return {
      publish: connection.publish,
      async end(timeoutMs) {
        isEnding = true;
        sinkCondition.forget(key);
        await connection.end(timeoutMs);
        ups.close('sink', key);
        sinkNames.delete(key);
        if (options.key !== undefined) links.forget(linkName('sink', options.key));
      },
    };
  }

  /** Answers, health messages and the states of cameras go here, and the results of all rules that have no sink of their own. */
  const main = openSink(
    { broker: config.sink },
    {
      companions: [
        ...(config.mqtt.protocolVersion === 5 && config.requests.enabled ? [requestListener] : []),
        ...companions,
      ],
    },
  );
  const sinks = new Map<string, SinkConnection>();
  /** Those that are being disconnected. */
  const leaving = new Map<string, Promise<void>>();
  addSinks(config);

  function addSinks(given: Pick<Config, 'sinks' | 'rules'>): void {
    for (const ruleSink of given.sinks) {
      const { key } = ruleSink;
      const ids = given.rules.filter((rule) => sinksOfRule(rule).includes(key)).map(({ id }) => id);
      const names = [
        ...(ids.length === 0 ? [] : [`${ids.length === 1 ? 'rule' : 'rules'} ${ids.join(', ')}`]),
        ...(key === config.deadLetter.sink ? ['dead letters'] : []),
      ];
      if (names.length === 0) continue; // its rules are stopped
      sinkNames.set(key, names.join(', '));
      if (!sinks.has(key)) sinks.set(key, openSink(ruleSink, {}));
    }
    sinkCondition.renamed();
  }

  function sinkOf({ sink: key }: OutgoingMessage): Sink {
    const sink = key === undefined ? main : sinks.get(key);
    if (sink === undefined) throw new Error(`there is no sink ${key}`);
    return sink;
  }

  return {
    sink: { publish: (message, signal = message.signal ?? ending) => sinkOf(message).publish(message, signal) },
    openSource({ id, topics }, onDelivery) {
      const reasonOf = lastReason();
      // The first stream has the session that there was before there were several.
      const clientId = id === DEFAULT_ID ? config.mqtt.clientId : `${config.mqtt.clientId}-${id}`;
      const observer = mqttObserver(context, ups.open('source', id));
      for (const label of streamLabels({ id, topics })) context.ledger.addStream(label);
      openSources.add(id);
      sourceCondition.report(id, 'not connected');
      return createSource(
        {
          observer: id === DEFAULT_ID ? observer : { ...observer, onReceived: () => observer.onReceived(id) },
          random: parts.random,
          log: parts.logger.child({ component: 'source' }),
          onDelivery,
          onState({ isConnected, isSubscribed, fault }) {
            if (!openSources.has(id)) return; // it has ended
            const reason = reasonOf(isConnected, fault);
            const isUp = isConnected && isSubscribed;
            const why = reason ?? (isConnected ? 'not subscribed' : 'not connected');
            links.report(linkName('source', id), isUp, why);
            sourceCondition.report(id, isUp ? undefined : why);
          },
          onTaken,
        },
        {
          mqtt: { ...config.mqtt, clientId },
          source: { ...config.source, topics },
          state: config.state,
          limits: config.limits,
        },
      );
    },
    sourceEnded(id) {
      openSources.delete(id);
      sourceCondition.forget(id);
      links.forget(linkName('source', id));
      ups.close('source', id);
    },
    addSinks,
    linkOf: (role, name) => links.of(linkName(role, name)),
    async haveEnded(wanted) {
      const isLeaving = () => wanted.flatMap(({ key }) => leaving.get(key) ?? []);
      while (isLeaving().length > 0) await Promise.all(isLeaving());
    },
    async dropSinks(keep) {
      for (const [key, sink] of sinks) {
        if (keep.has(key)) continue;
        sinks.delete(key);
        leaving.set(
          key,
          sink.end(END_TIMEOUT_MS).finally(() => leaving.delete(key)),
        );
      }
      await Promise.all(leaving.values());
    },
    async endSinks() {
      await Promise.all([main, ...sinks.values()].map((sink) => sink.end(END_TIMEOUT_MS)));
      await Promise.all(leaving.values());
    },
  };
}

function linkName(role: Role, name: string): string {
  return `${role} ${name}`;
}

export function sinksOfRule({ sink, select }: RuleSpec): readonly (string | undefined)[] {
  return select === undefined
    ? [sink]
    : select.actions.map((action) => (action.kind === 'mqtt' ? action.sink : undefined));
}

/** What was said last of a connection that is down: its end, told right after, and the waiting say nothing new. */
function lastReason(): (isConnected: boolean, fault?: ServiceError) => string | undefined {
  let last: string | undefined;
  return (isConnected, fault) => {
    if (fault !== undefined) last = fault.message;
    else if (isConnected) last = undefined;
    return last;
  };
}

/** What one connection reports of itself. */
interface OwnState {
  connected(up: boolean): void;
  paused(paused: boolean): void;
}

interface UpTracker {
  /** What one connection of a role reports of itself. */
  open(role: Role, id: string): OwnState;
  close(role: Role, id: string): void;
}

/** The gauges of a role speak for all of its connections: up when all are, paused when one is. */
function createUpTracker({ metrics }: Pick<ConnectionContext, 'metrics'>): UpTracker {
  const down = { source: new Set<string>(), sink: new Set<string>() };
  const paused = new Set<string>();
  return {
    open(role, id) {
      down[role].add(id);
      return {
        connected(up) {
          if (up) down[role].delete(id);
          else down[role].add(id);
          metrics.connected(role, down[role].size === 0);
        },
        paused(isPaused) {
          if (isPaused) paused.add(id);
          else paused.delete(id);
          metrics.intakePaused(paused.size > 0);
        },
      };
    },
    close(role, id) {
      down[role].delete(id);
      if (role === 'source') paused.delete(id);
      metrics.connected(role, down[role].size === 0);
      metrics.intakePaused(paused.size > 0);
    },
  };
}

function mqttObserver({ ledger, metrics }: Pick<ConnectionContext, 'ledger' | 'metrics'>, own: OwnState): MqttObserver {
  return {
    onReceived: (filterId) => ledger.received(filterId, Date.now()),
    onRedelivered: () => ledger.redelivered(),
    onCopied: () => metrics.copied(),
    onSessionLost: () => ledger.sessionLost(),
    onDropped: (reason) => ledger.dropped(reason),
    onPaused: own.paused,
    onConnected: (_role, up) => own.connected(up),
    onReconnected: (role) => metrics.reconnected(role),
    onPublishRetried: () => metrics.publishRetried(),
  };
}
