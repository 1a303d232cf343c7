/** What `verify` sees of a service: it answers pictures and tells readiness and ledger, as the test says. */
import { createServer } from 'node:http';
import { deferred } from '../../../src/std/promises.js';
import { connectClient } from '../broker/client.js';

export interface ScriptedService extends AsyncDisposable {
  readonly httpPort: number;
  /** From now on a process that has started again and is not ready. */
  startAgain(): void;
  /** Scrapes of its metrics since the last call of startAgain(). */
  readonly scrapes: number;
  /** It is ready, and answers all that it was sent from now on. */
  goOn(): void;
}

export interface ServiceScript {
  /** Answers so many pictures, and holds the others until it is told to go on. */
  readonly answers: number;
  /** Called when those have their answer, which the broker has acknowledged. */
  readonly onHalted: (service: ScriptedService) => void;
  /** Called before each answer to a scrape. */
  readonly onScrape?: (service: ScriptedService) => void;
}

export async function startScriptedService(brokerUrl: string, script: ServiceScript): Promise<ScriptedService> {
  const broker = await connectClient(brokerUrl);
  const held: string[] = [];
  let allowance = script.answers;
  let hasHalted = false;
  let counts = { received: 0, published: 0 };
  let isReady = true;
  let startedAtSeconds = 1;
  let scrapes = 0;

  async function answer(id: string): Promise<void> {
    counts.received += 1;
    await broker.publish('ekuiper/defect', JSON.stringify({ id }));
    counts.published += 1;
    if (hasHalted || counts.published < script.answers) return;
    hasHalted = true;
    script.onHalted(service);
  }
  function take(id: string): void {
    allowance -= 1;
    if (allowance < 0) held.push(id);
    else void answer(id);
  }
  broker.client.on('message', (_topic, payload) => {
    take((JSON.parse(payload.toString()) as { id: string }).id);
  });

  const http = createServer((request, response) => {
    if (request.url === '/readyz') return response.end(JSON.stringify({ ready: isReady, clientId: 'flawline' }));
    scrapes += 1;
    script.onScrape?.(service);
    return response.end(
      [
        `flawline_messages_received_total{stream="0"} ${counts.received}`,
        `flawline_messages_total{outcome="published"} ${counts.published}`,
        `flawline_messages_in_flight ${counts.received - counts.published}`,
        `flawline_ready ${isReady ? 1 : 0}`,
        `process_start_time_seconds ${startedAtSeconds}\n`,
      ].join('\n'),
    );
  });
  const listening = deferred();
  http.listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  const address = http.address();

  const service: ScriptedService = {
    httpPort: typeof address === 'object' && address !== null ? address.port : 0,
    startAgain() {
      isReady = false;
      startedAtSeconds += 1;
      counts = { received: 0, published: 0 };
      scrapes = 0;
    },
    get scrapes() {
      return scrapes;
    },
    goOn() {
      isReady = true;
      allowance = Number.POSITIVE_INFINITY;
      for (const id of held.splice(0)) void answer(id);
    },
    async [Symbol.asyncDispose]() {
      await broker[Symbol.asyncDispose]();
      http.closeAllConnections();
      http.close();
    },
  };
  await broker.client.subscribeAsync('openvino_demo', { qos: 1 });
  return service;
}
