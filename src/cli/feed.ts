import { randomUUID } from 'node:crypto';
import { relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type BrokerClient, connectBroker, tellLost } from './broker-client.js';
import { type CommandIo, defineCommand } from './command.js';
import { loadCommandConfig } from './load.js';
import { flag, number, text, UsageError } from './options.js';
import { pictureFiles, pictureTopic, readPicture, sampleFiles } from './pictures.js';
import { startProgress } from './progress.js';
import { createPublishWindow } from './publish-window.js';

/** mosquitto's default window. */
const MAX_UNACKNOWLEDGED = 20;
/** How long PUBACKs are waited for after the signal to stop: a broker that is away does not send them. */
const GRACE_MS = 1000;

export const feed = defineCommand({
  positionals: '[FILE|DIR…]',
  summary: 'Publishes pictures to the topic that the service reads; the samples when no files are named.',
  options: {
    rate: number('N', 'pictures a second (as fast as the broker takes them)', { minimum: 0.001 }),
    count: number('N', 'how many (each file once)', { minimum: 1, isWhole: true }),
    loop: flag('again and again, until --count or Ctrl-C'),
    raw: flag("the picture's own bytes instead of a JSON object with base64"),
    qos: number('N', '0, 1 or 2', { minimum: 0, isWhole: true, otherwise: 1 }),
    topic: text('TOPIC', 'where to (the first of source.topics without wildcards)'),
  },
  examples: ['feed --rate 2', 'feed pictures/ --topic line/3/camera --raw'],
  async run({ rate, count, loop, raw, qos, topic, ...values }, positionals, io) {
    if (qos !== 0 && qos !== 1 && qos !== 2) throw new UsageError(`--qos takes 0, 1 or 2: ${qos}`);
    const { config } = loadCommandConfig(values, io);
    const files = positionals.length > 0 ? await pictureFiles(positionals, io.cwd) : await sampleFiles();
    const plan: Plan = {
      topic: pictureTopic('feed', config, topic),
      qos,
      rate,
      count: count ?? (loop ? Number.POSITIVE_INFINITY : files.length),
      field: raw ? undefined : config.payload.imageField,
    };
    const clientId = `${config.mqtt.clientId}-feed-${randomUUID().slice(0, 8)}`;
    const broker = await connectBroker(config, 'mqtt', { clientId });
    const stopTelling = tellLost(broker, io);
    let isForced = true;
    try {
      const { acknowledged, unreceived } = await publishAll(broker, files, plan, io);
      isForced = io.signal.aborted;
      io.stdout(`${acknowledged} published to ${plan.topic}\n`);
      if (unreceived > 0) io.stderr(unreceivedText(unreceived, plan.topic));
      const isWhole = acknowledged === plan.count || plan.count === Number.POSITIVE_INFINITY;
      return isWhole && unreceived === 0 ? 0 : 1;
    } finally {
      stopTelling();
      await broker.client.endAsync(isForced); // by force it does not wait for what a broker refused or, being away, did not answer
    }
  },
});

interface Plan {
  readonly topic: string;
  readonly count: number;
  readonly rate: number | undefined;
  readonly qos: 0 | 1 | 2;
  /** Name of the JSON field; undefined: raw bytes. */
  readonly field: string | undefined;
}

interface Published {
  readonly acknowledged: number;
  /** Acknowledged by the broker, which has no subscriber for them. */
  readonly unreceived: number;
}

/** When it is aborted, acknowledgements are waited for a little longer. */
async function publishAll(
  { client, connack, protocolVersion }: BrokerClient,
  files: readonly string[],
  { topic, qos, ...plan }: Plan,
  io: CommandIo,
): Promise<Published> {
  const total = Number.isFinite(plan.count) ? plan.count : 0;
  const progress = startProgress(io, total, 'pictures');
  const window = createPublishWindow(client, { topic, qos, size: MAX_UNACKNOWLEDGED, connack, protocolVersion });
  const startedAt = performance.now();
  let acknowledged = 0;
  const onAcknowledged = (): void => {
    acknowledged += 1;
    progress.step();
  };
  try {
    for (let n = 0; n < plan.count && !io.signal.aborted; n += 1) {
      await window.room(io.signal);
      if (plan.rate !== undefined) await untilDue(startedAt + (n / plan.rate) * 1000, io.signal);
      if (io.signal.aborted) break;
      const file = files[n % files.length] ?? '';
      window.publish(payloadOf(await readPicture(file), plan.field), relative(io.cwd, file), onAcknowledged);
    }
    await window.drained(afterGrace(io.signal));
  } finally {
    progress.stop();
  }
  return { acknowledged, unreceived: window.unreceived };
}

function unreceivedText(count: number, topic: string): string {
  const rule = `The broker dropped ${count} of them, as nobody subscribes to ${topic}.`;
  return `${rule} Is the service running, and is this topic one of source.topics?\n`;
}

/** Aborts a while after `signal` does. */
function afterGrace(signal: AbortSignal): AbortSignal {
  const over = new AbortController();
  const begin = (): void => void setTimeout(() => over.abort(), GRACE_MS).unref();
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  return over.signal;
}

function payloadOf(picture: Buffer, field: string | undefined): Buffer | string {
  return field === undefined ? picture : JSON.stringify({ [field]: picture.toString('base64') });
}

async function untilDue(dueMs: number, signal: AbortSignal): Promise<void> {
  const waitMs = dueMs - performance.now();
  if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => undefined);
}
