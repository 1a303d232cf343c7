/** Publishes pictures that can be told apart, and collects whatever comes back for each. */
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { OnMessageCallback } from 'mqtt';
import type { Config } from '../../config/config.js';
import { createTopics } from '../../service/live-catalogue.js';
import { aborted } from '../../std/promises.js';
import { type BrokerClient, subscribe, subscriptionFault } from '../broker-client.js';
import type { CommandIo } from '../command.js';
import { sampleFiles } from '../pictures.js';
import { startProgress } from '../progress.js';
import { createPublishWindow } from '../publish-window.js';
import { readResult, tagJpeg, tagOfOrigin } from '../read-result.js';
import { createIdleTimer } from './idle-timer.js';

const MAX_UNACKNOWLEDGED = 8;
/** The broker gets at least this time to acknowledge, even when no answer of the service is waited for. */
const MIN_BROKER_TIMEOUT_MS = 1000;

export interface RoundTripOptions {
  /** Publishes pictures. */
  readonly publisher: BrokerClient;
  /** Subscribes to results; may be connected to another broker. */
  readonly collector: BrokerClient['client'];
  /** Subscribes to dead letters; may be the same. */
  readonly letters: BrokerClient['client'];
  readonly config: Config;
  /** Where pictures go. */
  readonly topic: string;
  readonly count: number;
  /** After this time without an acknowledgement or an answer nothing more is expected. */
  readonly idleTimeoutMs: number;
  /** Called once, when half of the pictures have their answer. The idle timeout does not run while it works. */
  readonly disrupt?: () => Promise<void>;
}

export interface RoundTrip {
  /** Ids of the pictures that the broker took responsibility for. */
  readonly acknowledged: ReadonlySet<string>;
  readonly answered: ReadonlySet<string>;
  readonly results: number;
  readonly deadLetters: number;
  /** Pictures with more than one result of the same rule on the same topic. */
  readonly duplicates: number;
  /** Whether it was told to end before everything was answered. */
  readonly isInterrupted: boolean;
  /** Whether a connection that brings answers was lost meanwhile, so that some may have been missed. */
  readonly wasCut: boolean;
  /** Time, of performance.now(), since which nothing came. */
  readonly quietSinceMs: number;
}

/** Resolves, when everything is answered or nothing more is expected, to what says what has come until it is asked. */
export async function roundTrip(options: RoundTripOptions, io: CommandIo): Promise<() => RoundTrip> {
  const { publisher, collector, letters, config, topic, count, idleTimeoutMs, disrupt } = options;
  const topics = createTopics(config);
  const pictures = await jpegSamples();
  const run = randomUUID().slice(0, 8);
  const acknowledged = new Set<string>();
  const answers = createAnswers();
  const progress = startProgress(io, count, 'answers');
  const changes = new EventEmitter();
  const idle = createIdleTimer(Math.max(idleTimeoutMs, MIN_BROKER_TIMEOUT_MS));
  const failed = new AbortController();
  let disruption: Promise<void> | undefined;
  let wasCut = false;

  async function startDisruption(): Promise<void> {
    idle.pause();
    try {
      await disrupt?.();
    } catch (error) {
      failed.abort(error);
    } finally {
      idle.resume();
    }
  }

  const onMessage: OnMessageCallback = (from, payload, packet) => {
    const answer = readResult(from, payload, packet.properties?.userProperties);
    const id = answer.id.startsWith(run) ? answer.id : tagOfOrigin(answer.origin);
    if (id === undefined || !id.startsWith(run)) return;
    idle.restart();
    const isFirst = answers.add(id, from === topics.deadLetter ? 'dead letter' : `${from} ${answer.rule ?? ''}`);
    if (!isFirst) return;
    progress.step();
    if (answers.ids.size === Math.ceil(count / 2)) disruption = startDisruption();
    changes.emit('change');
  };
  for (const each of new Set([collector, letters])) {
    each.on('message', onMessage);
    each.on('close', () => {
      wasCut = true;
    });
  }
  try {
    const refused = [
      ...(await subscribe(collector, topics.resultFilters)),
      ...(await subscribe(letters, [topics.deadLetter])),
    ];
    if (refused.length > 0) throw subscriptionFault('collect results', refused);
    const { client, connack, protocolVersion } = publisher;
    const window = createPublishWindow(client, { topic, qos: 1, size: MAX_UNACKNOWLEDGED, connack, protocolVersion });
    const over = AbortSignal.any([io.signal, failed.signal, idle.signal]);
    for (let n = 0; n < count && !over.aborted; n += 1) {
      const id = `${run}-${n}`;
      const image = tagJpeg(pictures[n % pictures.length] ?? Buffer.alloc(0), id).toString('base64');
      window.publish(JSON.stringify({ [config.payload.imageField]: image, id }), id, () => {
        acknowledged.add(id);
        idle.restart();
      });
      await window.room(over);
    }
    await window.drained(over);
    idle.restart(idleTimeoutMs);
    while (answers.ids.size < acknowledged.size && !over.aborted) {
      await once(changes, 'change', { signal: over }).catch(() => undefined);
    }
    await Promise.race([disruption, aborted(io.signal)]);
    failed.signal.throwIfAborted();
  } finally {
    idle.stop();
    progress.stop();
  }
  return () => ({
    ...{ acknowledged, ...answers.counts(), answered: new Set(answers.ids), isInterrupted: io.signal.aborted },
    ...{ wasCut, quietSinceMs: idle.sinceMs },
  });
}

async function jpegSamples(): Promise<Buffer[]> {
  const files = (await sampleFiles()).filter((file) => /\.jpe?g$/.test(file));
  return Promise.all(files.map((file) => readFile(file)));
}

interface Answers {
  readonly ids: ReadonlySet<string>;
  /** @param kind what tells the answers to one picture apart; returns true for the first answer of all to it */
  add(id: string, kind: string): boolean;
  counts(): Pick<RoundTrip, 'results' | 'deadLetters' | 'duplicates'>;
}

function createAnswers(): Answers {
  const ids = new Set<string>();
  const kinds = new Set<string>();
  const duplicated = new Set<string>();
  const withResult = new Set<string>();
  const withDeadLetter = new Set<string>();
  return {
    ids,
    add(id, kind) {
      const key = `${id} ${kind}`;
      if (kinds.has(key)) duplicated.add(id);
      kinds.add(key);
      (kind === 'dead letter' ? withDeadLetter : withResult).add(id);
      const isFirst = !ids.has(id);
      ids.add(id);
      return isFirst;
    },
    counts: () => ({ results: withResult.size, deadLetters: withDeadLetter.size, duplicates: duplicated.size }),
  };
}
