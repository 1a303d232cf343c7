import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Aedes } from 'aedes';
import type { MqttClient } from 'mqtt';
import type { Config } from '../config/config.js';
import type { Service } from '../service/service.js';
import { startService } from '../service/startup.js';
import { ServiceError } from '../std/errors.js';
import { createLogger } from '../telemetry/logger.js';
import { connectBroker } from './broker-client.js';
import { type CommandIo, defineCommand } from './command.js';
import { loadDemoConfig } from './load.js';
import { number } from './options.js';
import { sampleFiles } from './pictures.js';

const PICTURES_A_SECOND = 4;
/** The header is to be seen on a screen of 24 lines. */
const ROWS_A_HEADER = 20;

export const demo = defineCommand({
  summary: 'Shows it all on this machine: an embedded broker, the service, sample pictures, the live page.',
  about: [
    'Nothing to install or configure. The embedded broker (aedes) speaks MQTT 3.1.1; any MQTT client can connect to the address that is printed.',
  ],
  options: { count: number('N', 'ends after N results (else Ctrl-C ends it)', { minimum: 1, isWhole: true }) },
  examples: ['demo', 'demo --count 10'],
  async run({ count = Number.POSITIVE_INFINITY, config: file }, _positionals, io) {
    const files = await sampleFiles();
    const broker = await startEmbeddedBroker();
    try {
      const { service, config } = await startOnFreePort(broker.url, file, io);
      io.stderr(`broker      ${broker.url}  (embedded, MQTT 3.1.1)\n`);
      io.stderr(`model       ${service.model}\n`);
      io.stderr(`live page   ${service.http.url}\n`);
      io.stderr(tunnelHint(service.http.url, io.env));
      io.stderr('it ends     with Ctrl-C\n\n');
      try {
        return await show(config, files, count, io);
      } finally {
        await service.stop();
        io.stderr(NEXT);
      }
    } finally {
      await broker.close();
    }
  },
});

const NEXT = `
next: flawline infer PICTURES --out FOLDER inspects pictures of your own
      docs/quick-start.md goes on beside a broker of your own, docs/models.md with a model of your own
`;

/** The page is for this machine alone: who came by SSH has no browser here. */
function tunnelHint(url: string, { SSH_CONNECTION: ssh = '' }: NodeJS.ProcessEnv): string {
  if (ssh === '') return '';
  const { port } = new URL(url);
  const host = ssh.split(' ')[2] ?? 'this-machine';
  return `            on your own machine: ssh -L ${port}:127.0.0.1:${port} ${host}, then http://localhost:${port}/\n`;
}

interface EmbeddedBroker {
  readonly url: string;
  close(): Promise<void>;
}

async function startEmbeddedBroker(): Promise<EmbeddedBroker> {
  const aedes = await Aedes.createBroker();
  const server: Server = createServer(aedes.handle);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `mqtt://127.0.0.1:${port}`,
    async close() {
      await new Promise<void>((resolve) => aedes.close(resolve));
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The page's usual port if it is free, else any. */
async function startOnFreePort(
  brokerUrl: string,
  file: string | undefined,
  io: CommandIo,
): Promise<{ service: Service; config: Config }> {
  const start = async (httpPort: string | undefined) => {
    const config = loadDemoConfig({ brokerUrl, httpPort, file }, io);
    const logger = createLogger({ level: 'silent', secrets: [] });
    return { config, service: await startService(config, { logger, env: io.env, cwd: io.cwd, random: Math.random }) };
  };
  try {
    return await start(undefined);
  } catch (error) {
    if (error instanceof ServiceError && error.details['reason'] === 'EADDRINUSE') return await start('0');
    throw error;
  }
}

/** Feeds the samples round and round and prints a row for each result; 0 after `count` of them. */
async function show(config: Config, files: readonly string[], count: number, io: CommandIo): Promise<number> {
  const { sink, source } = config;
  const { client } = await connectBroker(config, 'mqtt', { clientId: 'flawline-demo' });
  const done = new AbortController();
  const signal = AbortSignal.any([io.signal, done.signal]);
  let seen = 0;
  client.on('message', (_topic, payload) => {
    if (seen >= count) return;
    seen += 1;
    if (seen > 1 && seen % ROWS_A_HEADER === 1) io.stdout(`${HEADER}\n`);
    io.stdout(`${row(seen, payload)}\n`);
    if (seen >= count) done.abort();
  });
  await client.subscribeAsync(sink.topic, { qos: 1 });
  io.stdout(`${HEADER}\n`);
  try {
    await feedSamples(client, files, source.topics[0] ?? '', signal);
  } finally {
    await client.endAsync();
  }
  return seen >= count || !Number.isFinite(count) ? 0 : 1;
}

async function feedSamples(
  client: MqttClient,
  files: readonly string[],
  topic: string,
  signal: AbortSignal,
): Promise<void> {
  for (let n = 0; !signal.aborted; n += 1) {
    const file = files[n % files.length] ?? '';
    const image = (await readFile(file)).toString('base64');
    await client.publishAsync(topic, JSON.stringify({ image, name: basename(file) }), { qos: 1 });
    await delay(1000 / PICTURES_A_SECOND, undefined, { signal }).catch(() => undefined);
  }
}

const WIDTHS = [5, 28, 8, 9, 8, 10] as const;
const HEADER = columns(['#', 'picture', 'defects', 'area', 'score', 'ms']);

function row(n: number, payload: Buffer): string {
  const result = JSON.parse(payload.toString('utf8')) as Record<string, unknown>;
  const amount = (name: string): number => Number(result[name] ?? Number.NaN);
  return columns([
    String(n),
    String(result['name'] ?? ''),
    String(result['defect']),
    amount('area').toFixed(4),
    amount('score').toFixed(3),
    amount('inference time').toFixed(1),
  ]);
}

/** The second column is text and stands left, numbers stand right. */
function columns(cells: readonly string[]): string {
  return cells
    .map((cell, at) => (at === 1 ? `  ${cell.padEnd(WIDTHS[at] ?? 0)}` : cell.padStart(WIDTHS[at] ?? 0)))
    .join('');
}
