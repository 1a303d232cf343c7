/** Pictures that can be told apart go out, and whatever comes back for each is collected. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { MqttClient } from 'mqtt';
import type { Config } from '../../config/config.js';
import { publishFault } from '../../mqtt/tool-client.js';
import { createTopics } from '../../service/topics.js';
import type { CommandIo } from '../command.js';
import { sampleFiles } from '../pictures.js';
import { startProgress } from '../progress.js';
import { readResult } from '../result.js';
import { tagJpeg, tagOfOrigin } from './tagged-jpeg.js';

const MAX_UNACKNOWLEDGED = 8;
const POLL_MS = 100;
/** With the broker; of the service one may have none. */
const MIN_PATIENCE_MS = 1000;

export interface ExchangeOptions {
  /** Publishes pictures. */
  readonly client: MqttClient;
  /** Where results go; may be on another broker. */
  readonly collector: MqttClient;
  readonly config: Config;
  /** Where pictures go. */
  readonly topic: string;
  readonly count: number;
  /** Without anything new for so long nothing more is expected. */
  readonly patienceMs: number;
  /** Called once, when half of the pictures have their answer. While it goes on, nobody loses patience. */
  readonly onHalf?: () => Promise<void>;
}

export interface Exchanged {
  /** Pictures that the broker took responsibility for. */
  readonly acknowledged: ReadonlySet<string>;
  readonly answered: ReadonlySet<string>;
  readonly results: number;
  readonly deadLetters: number;
  /** Pictures of which a result came more than once: the same rule on the same topic. */
  readonly twice: number;
}

export async function exchange(options: ExchangeOptions, io: CommandIo): Promise<Exchanged> {
  const { client, collector, config, topic, count, patienceMs, onHalf } = options;
  const topics = createTopics(config);
  const pictures = await jpegSamples();
  const run = randomUUID().slice(0, 8);
  const acknowledged = new Set<string>();
  const seen = createSeen();
  const progress = startProgress(io, count, 'answers');
  const half = Math.ceil(count / 2);
  let lastAtMs = performance.now();
  let strike: Promise<void> | undefined;
  collector.on('message', (from, payload, packet) => {
    const answer = readResult(from, payload, packet.properties?.userProperties);
    const id = answer.id.startsWith(run) ? answer.id : tagOfOrigin(answer.origin);
    if (id === undefined || !id.startsWith(run)) return;
    lastAtMs = performance.now();
    const isNew = seen.add(id, from === topics.deadLetter ? 'dead letter' : `${from} ${answer.rule ?? ''}`);
    if (!isNew) return;
    progress.step();
    if (seen.answered.size !== half) return;
    strike = onHalf?.();
    strike?.catch(() => undefined); // awaited below
  });
  await collector.subscribeAsync([...topics.resultFilters, topics.deadLetter], { qos: 1 });

  const underWay = new Set<Promise<void>>();
  let isTaking = true;
  /** Waits for it; not for a broker that has taken nothing for so long that it must be away. */
  const taken = async (work: Promise<unknown>): Promise<void> => {
    let isOver = false;
    const end = () => {
      isOver = true;
    };
    work.then(end, end);
    while (!isOver && isTaking) {
      await Promise.race([work, delay(POLL_MS)]);
      const quietMs = performance.now() - lastAtMs;
      isTaking = !io.signal.aborted && (strike !== undefined || quietMs < Math.max(patienceMs, MIN_PATIENCE_MS));
    }
  };
  for (let n = 0; n < count && isTaking && !io.signal.aborted; n += 1) {
    const id = `${run}-${n}`;
    const image = tagJpeg(pictures[n % pictures.length] ?? Buffer.alloc(0), id).toString('base64');
    const publish = client
      .publishAsync(topic, JSON.stringify({ [config.payload.imageField]: image, id }), { qos: 1 })
      .then(() => {
        acknowledged.add(id);
        lastAtMs = performance.now();
        underWay.delete(publish);
      })
      .catch((cause: unknown) => {
        throw publishFault(topic, cause);
      });
    underWay.add(publish);
    if (underWay.size >= MAX_UNACKNOWLEDGED) await taken(Promise.race(underWay));
  }
  await taken(Promise.all(underWay));
  const isComplete = () => seen.answered.size >= acknowledged.size;
  while (!isComplete() && performance.now() - lastAtMs < patienceMs && !io.signal.aborted) {
    await delay(POLL_MS);
    if (strike === undefined) continue;
    await strike;
    strike = undefined;
    lastAtMs = performance.now();
  }
  await strike;
  progress.stop();
  // As of now: the collector goes on listening.
  return { acknowledged, ...seen.counts(), answered: new Set(seen.answered) };
}

async function jpegSamples(): Promise<Buffer[]> {
  const files = (await sampleFiles()).filter((file) => /\.jpe?g$/.test(file));
  return Promise.all(files.map((file) => readFile(file)));
}

interface Seen {
  readonly answered: ReadonlySet<string>;
  /** @param kind what tells the answers to one picture apart; true for the first answer of all to it */
  add(id: string, kind: string): boolean;
  counts(): Pick<Exchanged, 'results' | 'deadLetters' | 'twice'>;
}

function createSeen(): Seen {
  const answered = new Set<string>();
  const kinds = new Set<string>();
  const twice = new Set<string>();
  const withResult = new Set<string>();
  const refused = new Set<string>();
  return {
    answered,
    add(id, kind) {
      const key = `${id} ${kind}`;
      if (kinds.has(key)) twice.add(id);
      kinds.add(key);
      (kind === 'dead letter' ? refused : withResult).add(id);
      const isNew = !answered.has(id);
      answered.add(id);
      return isNew;
    },
    counts: () => ({ results: withResult.size, deadLetters: refused.size, twice: twice.size }),
  };
}
