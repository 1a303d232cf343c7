import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { MqttClient } from 'mqtt';
import type { Config } from '../config/config.js';
import { connectTool, publishFault } from '../mqtt/tool-client.js';
import { type Command, type CommandIo, type CommandValues, number, text, UsageError, wholeNumber } from './command.js';
import { loadCommandConfig } from './load.js';
import { pictureTopic } from './picture-topic.js';
import { pictureFiles, sampleFiles } from './pictures.js';
import { startProgress } from './progress.js';

/** Publishes waiting for their PUBACK at a time: mosquitto's default window. */
const MAX_UNACKNOWLEDGED = 20;
/** For their PUBACKs after the signal to stop: a broker that is away does not send them. */
const GRACE_MS = 1000;

export const feed: Command = {
  usage: '[FILE|DIR…] [--rate N] [--count N] [--loop] [--raw] [--qos N] [--topic TOPIC] [--config FILE]',
  summary: 'Publishes pictures to the topic that the service reads; the samples when no files are named.',
  options: {
    rate: { type: 'string' },
    count: { type: 'string' },
    loop: { type: 'boolean' },
    raw: { type: 'boolean' },
    qos: { type: 'string' },
    topic: { type: 'string' },
  },
  optionHelp: [
    { usage: 'rate N', help: 'pictures a second (as fast as the broker takes them)' },
    { usage: 'count N', help: 'how many (each file once)' },
    { usage: 'loop', help: 'again and again, until --count or Ctrl-C' },
    { usage: 'raw', help: "the picture's own bytes instead of a JSON object with base64" },
    { usage: 'qos N', help: '0, 1 or 2 (1)' },
    { usage: 'topic TOPIC', help: 'where to (the first of source.topics without wildcards)' },
  ],
  acceptsPositionals: true,
  async run(values, positionals, io) {
    const { config } = loadCommandConfig(values, io);
    const files = positionals.length > 0 ? await pictureFiles(positionals, io.cwd) : await sampleFiles();
    const plan = planOf(values, config, files.length);
    const client = await connectTool({
      broker: config.mqtt,
      protocolVersion: config.mqtt.protocolVersion,
      clientId: `${config.mqtt.clientId}-feed-${randomUUID().slice(0, 8)}`,
    });
    let isForced = true;
    try {
      const sent = await publishAll(client, files, plan, io);
      isForced = io.signal.aborted;
      io.stdout(`${sent} published to ${plan.topic}\n`);
      return sent === plan.count || plan.count === Number.POSITIVE_INFINITY ? 0 : 1;
    } finally {
      await client.endAsync(isForced); // by force it does not wait for what a broker refused or, being away, did not answer
    }
  },
};

interface Plan {
  readonly topic: string;
  readonly count: number;
  readonly rate: number | undefined;
  readonly qos: 0 | 1 | 2;
  /** Name of the JSON field; undefined: raw bytes. */
  readonly field: string | undefined;
}

function planOf(values: CommandValues, config: Config, files: number): Plan {
  const qos = wholeNumber(values, 'qos') ?? 1;
  if (qos !== 0 && qos !== 1 && qos !== 2) throw new UsageError(`--qos takes 0, 1 or 2: "${qos}" is none`);
  return {
    topic: pictureTopic('feed', config, text(values, 'topic')),
    qos,
    rate: number(values, 'rate', 0.001),
    count: wholeNumber(values, 'count', 1) ?? (values['loop'] === true ? Number.POSITIVE_INFINITY : files),
    field: values['raw'] === true ? undefined : config.payload.imageField,
  };
}

/** Returns how many the broker has acknowledged. When it is aborted, acknowledgements are waited for a little longer. */
async function publishAll(client: MqttClient, files: readonly string[], plan: Plan, io: CommandIo): Promise<number> {
  const total = Number.isFinite(plan.count) ? plan.count : 0;
  const progress = startProgress(io, total, 'pictures');
  const startedAt = performance.now();
  let sent = 0;
  let underWay = 0;
  let failure: Error | undefined;
  let isOver = false;
  let wake = (): void => undefined;
  const change = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  const onAbort = (): void => {
    setTimeout(() => {
      isOver = true;
      wake();
    }, GRACE_MS).unref();
    wake();
  };

  function publish(payload: Buffer | string): void {
    underWay += 1;
    client.publish(plan.topic, payload, { qos: plan.qos }, (error) => {
      underWay -= 1;
      if (error) failure ??= error;
      else {
        sent += 1;
        progress.step();
      }
      wake();
    });
  }

  io.signal.addEventListener('abort', onAbort, { once: true });
  for (let n = 0; n < plan.count && !io.signal.aborted && !failure; n += 1) {
    if (plan.rate !== undefined) await untilDue(startedAt + (n / plan.rate) * 1000, io.signal);
    if (io.signal.aborted) break;
    publish(messageOf(await readFile(files[n % files.length] ?? ''), plan.field));
    while (underWay >= MAX_UNACKNOWLEDGED && !io.signal.aborted) await change();
  }
  while (underWay > 0 && !isOver && !failure) await change();
  io.signal.removeEventListener('abort', onAbort);
  progress.stop();
  if (failure) throw publishFault(plan.topic, failure);
  return sent;
}

function messageOf(picture: Buffer, field: string | undefined): Buffer | string {
  return field === undefined ? picture : JSON.stringify({ [field]: picture.toString('base64') });
}

async function untilDue(dueMs: number, signal: AbortSignal): Promise<void> {
  const waitMs = dueMs - performance.now();
  if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => undefined);
}
