/** One fault's set-up: broker, proxy, service as child processes, publisher and collector around them, and the books. */
import { defined } from '../../src/std/defined.js';
import { type BrokerOptions, startBroker, type TestBroker } from '../../test/support/broker/broker.js';
import { startTcpProxy, type TcpProxy } from '../../test/support/broker/tcp-proxy.js';
import type { FakeOptions } from '../../test/support/engine/fake-engine.js';
import { pictureMessage } from '../../test/support/pictures/payloads.js';
import { parseMetrics } from '../../test/support/service/metrics-text.js';
import { type ServiceProcess, startServiceProcess } from '../../test/support/service/service-process.js';
import { until } from '../../test/support/until.js';
import { type FaultCollector, startCollector } from './collector.js';
import { createOracle, type Tally } from './oracle.js';
import { type Publisher, startPublisher } from './publisher.js';
import { ledgerFault, startWatch, type Watch } from './watch.js';

export interface BenchOptions {
  readonly broker?: BrokerOptions;
  readonly engine?: FakeOptions;
  /** FLAWLINE_ variables of the service, and others of its process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly messageOf?: (id: string) => string | Uint8Array;
  /** Another main module in place of the service. */
  readonly main?: URL;
  /** The results go to a broker of their own. */
  readonly ownSinkBroker?: boolean;
  /** Topic filter of results, if it is not the usual topic. */
  readonly results?: string;
  /** Called with each result; whether the picture has all results that it must have. Absent: the first is all. */
  readonly isWhole?: (id: string, topic: string) => boolean;
  /** False: the caller starts the service. */
  readonly startAtOnce?: boolean;
}

/** What a run of a fault measured. */
export interface Counts extends Tally {
  readonly longestGapMs: number;
  readonly recoveryMs: number;
  readonly peakRssBytes: number;
  readonly scrapes: number;
  readonly ledgerFaults: readonly string[];
}

export interface Bench extends AsyncDisposable {
  readonly broker: TestBroker;
  /** The broker of results and dead letters; `broker` unless it has its own. */
  readonly sinkBroker: TestBroker;
  /** The service's way to `broker`. */
  readonly proxy: TcpProxy;
  readonly publisher: Publisher;
  readonly collector: FaultCollector;
  readonly watch: Watch;
  readonly service: ServiceProcess;
  /** Starts the service (again) and waits until it takes messages. */
  startService(env?: Readonly<Record<string, string>>): Promise<void>;
  /** One more beside it; the caller ends it. */
  startAnother(env: Readonly<Record<string, string>>): Promise<ServiceProcess>;
  /** Ends the service and waits until it is gone; its exit code or signal. */
  endService(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | string>;
  tally(): Tally;
  /** Why /readyz is red; empty when it is green. */
  reasons(): Promise<string>;
  /** Acknowledgements of pictures that `broker` has from the service. */
  pubacks(): number;
  /** Resolves when every acknowledged id was seen, or none more comes for a while, and when the ledger is at rest. */
  ack(quietMs?: number): Promise<Counts>;
}

const DEAD_LETTERS = 'flawline/flawline/dead-letter';
const SETTLE_MS = 30_000;
/** Far above what a start takes: the machine may be busy, and no fault is about that. */
const START_MS = 180_000;
/** Each asks the thread that is starting everything. */
const START_POLL_MS = 25;
/** Something came in on the source connection. */
const RESUMED = /^flawline_messages_received_total\{stream="[^"]*"\} [1-9]/m;

export async function openBench(options: BenchOptions = {}): Promise<Bench> {
  const owned: AsyncDisposable[] = [];
  const own = <T extends AsyncDisposable>(part: T): T => {
    owned.push(part);
    return part;
  };
  const broker = own(await startBroker(options.broker));
  const sinkBroker = options.ownSinkBroker === true ? own(await startBroker(options.broker)) : broker;
  const proxy = own(await startTcpProxy(broker.port));
  const oracle = createOracle();
  const messageOf = options.messageOf ?? ((id) => pictureMessage('images/syn_3x2.png', { id }));
  const publisher = own(await startPublisher({ url: broker.url, topic: 'openvino_demo', oracle, messageOf }));
  const { results = 'ekuiper/defect', isWhole } = options;
  const collecting = { results, deadLetters: DEAD_LETTERS, oracle, ...defined({ isWhole }) };
  const collector = own(await startCollector({ url: sinkBroker.url, ...collecting }));
  if (sinkBroker !== broker) own(await startCollector({ url: broker.url, ...collecting }));
  let service: ServiceProcess | undefined;
  const watch = startWatch(() => service);
  async function close(): Promise<void> {
    watch.stop();
    await service?.[Symbol.asyncDispose]();
    for (const part of owned.reverse()) await part[Symbol.asyncDispose]();
  }

  async function startProcess(env: Readonly<Record<string, string>>): Promise<ServiceProcess> {
    return await startServiceProcess({
      brokerUrl: proxy.url,
      main: options.main ?? new URL('../service-main.js', import.meta.url),
      env: {
        FLAWLINE_SINK_URL: sinkBroker === broker ? proxy.url : sinkBroker.url,
        FLAWLINE_RESULT_FIELDS: 'id',
        FLAWLINE_RESULT_RENDER: 'none',
        FLAWLINE_WORKERS_COUNT: '2',
        FLAWLINE_WORKERS_STREAMS: '1',
        FLAWLINE_LOG_LEVEL: 'warn',
        FAULTS_ENGINE: JSON.stringify(options.engine ?? {}),
        ...options.env,
        ...env,
      },
    });
  }

  async function startService(env: Readonly<Record<string, string>> = {}): Promise<void> {
    service = await startProcess(env);
    await takesMessages(service);
  }

  function running(): ServiceProcess {
    if (service === undefined) throw new Error('the service was not started');
    return service;
  }

  if (options.startAtOnce !== false) {
    try {
      await startService();
    } catch (error) {
      await close();
      throw error;
    }
  }
  return {
    broker,
    sinkBroker,
    proxy,
    publisher,
    collector,
    watch,
    get service() {
      return running();
    },
    startService,
    async startAnother(env) {
      const another = await startProcess(env);
      await takesMessages(another);
      return another;
    },
    async endService(signal) {
      const ending = running();
      service = undefined; // the watch looks elsewhere
      ending.kill(signal);
      const end = await ending.ended;
      service = ending;
      return end;
    },
    tally: () => oracle.tally(),
    async reasons() {
      const response = await fetch(`http://127.0.0.1:${running().httpPort}/readyz`).catch(() => undefined);
      if (response === undefined) return 'no answer';
      const text = await response.text();
      return response.ok ? '' : text;
    },
    pubacks: () => broker.log().split('Received PUBACK from flawline ').length - 1,
    async ack(quietMs = SETTLE_MS) {
      let count = -1;
      while (oracle.tally().lost.length > 0 && count !== collector.count) {
        count = collector.count; // as long as something comes, it is late, not lost
        await until('nothing is lost', () => oracle.tally().lost.length === 0, quietMs).catch(() => undefined);
      }
      const atRest = await until('the ledger is at rest', () => restFault(running()), SETTLE_MS).catch(String);
      const { longestGapMs, recoveryMs } = collector;
      const { peakRssBytes, scrapes } = watch;
      const ledgerFaults = atRest === 'exact' ? watch.ledgerFaults : [...watch.ledgerFaults, atRest];
      return { ...oracle.tally(), longestGapMs, recoveryMs, peakRssBytes, scrapes, ledgerFaults };
    },
    [Symbol.asyncDispose]: close,
  };
}

/**
 * Resolves when the service takes messages: /readyz is green, or its session is resumed. Under load the answer to its
 * SUBSCRIBE comes behind the backlog, so green comes later than the work.
 */
async function takesMessages({ httpPort, ended, output }: ServiceProcess): Promise<void> {
  const get = (path: string) => fetch(`http://127.0.0.1:${httpPort}${path}`).catch(() => undefined);
  let answer = 'no answer';
  const isThere = until(
    'the service takes messages',
    async () => {
      const response = await get('/readyz');
      answer = (await response?.text()) ?? answer;
      const metrics = await (await get('/metrics'))?.text();
      return response?.ok === true || (metrics !== undefined && RESUMED.test(metrics));
    },
    START_MS,
    START_POLL_MS,
  ).catch((error: unknown) => Promise.reject(new Error(`${error}: ${answer}\n${output()}`)));
  const hasEnded = ended.then((end) => Promise.reject(new Error(`the service ended with ${end}:\n${output()}`)));
  hasEnded.catch(() => undefined); // it ends one day
  await Promise.race([isThere, hasEnded]);
}

/** `exact`, what is wrong with the books, or undefined while something is in flight. */
async function restFault(service: ServiceProcess): Promise<string | undefined> {
  const text = await service.metrics().catch(() => undefined);
  if (text === undefined) return undefined;
  const metrics = parseMetrics(text);
  if (metrics.get('flawline_messages_in_flight') !== 0) return undefined;
  return ledgerFault(metrics) ?? 'exact';
}
