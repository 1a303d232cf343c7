/** The HTTP server on a real socket, with what it shows in the hands of the test. */

import { type HttpOptions, type HttpParts, type HttpServer, startHttp } from '../../../src/http/server.js';
import { webFolder } from '../../../src/std/package-root.js';
import { createDefectHistory } from '../../../src/telemetry/defect-history.js';
import { createLedger } from '../../../src/telemetry/ledger.js';
import { createReadiness } from '../../../src/telemetry/readiness.js';
import { createRecentDeadLetters, createRecentResults, type RecentResult } from '../../../src/telemetry/recent.js';
import { measuresOf } from '../../support/builders.js';
import { open, readEvents } from '../../support/service/http-client.js';

export const JPEG = Buffer.from('ffd8ffe000104a464946', 'hex');
const MEASURES = measuresOf({ defect: 2, area: 0.01, largest: 0.008, score: 0.93, width: 640, height: 480 });

interface Setting extends AsyncDisposable {
  readonly server: HttpServer;
  readonly url: string;
  readonly readiness: ReturnType<typeof createReadiness<'source'>>;
  readonly recent: ReturnType<typeof createRecentResults>;
  readonly deadLetters: ReturnType<typeof createRecentDeadLetters>;
  readonly logged: unknown[];
}

export async function serve(options: Partial<HttpOptions> = {}, parts: Partial<HttpParts> = {}): Promise<Setting> {
  const readiness = createReadiness(['source']);
  const recent = createRecentResults({ maxCount: 50, maxBytes: 1000 });
  const deadLetters = createRecentDeadLetters(5);
  const logged: unknown[] = [];
  const counts = createLedger(['0']).snapshot();
  const server = await startHttp(
    {
      clientId: 'flawline',
      readiness: () => readiness.state(),
      metrics: { contentType: 'text/plain; version=0.0.4', text: async () => 'flawline_ready 1\n' },
      recent,
      deadLetters,
      history: createDefectHistory({ slotSeconds: 10, slots: 2, nowMs: () => 0 }),
      status: () => ({ version: '1.2.3', counts }),
      logger: { error: ({ err }) => logged.push(err) },
      ...parts,
    },
    {
      host: '127.0.0.1',
      port: 0,
      allowedHosts: ['localhost', '127.0.0.1'],
      webFolder: webFolder,
      ...options,
    },
  );
  const url = `http://127.0.0.1:${server.port}`;
  return { server, url, readiness, recent, deadLetters, logged, [Symbol.asyncDispose]: () => server.close() };
}

export function result(id = 'a'): RecentResult {
  return {
    id,
    topic: 'line/1',
    rules: ['default'],
    measures: MEASURES,
    inferenceTimeMs: 12,
    endToEndMs: 20,
    receivedAtMs: 0,
    picture: { heldBytes: JPEG.byteLength, render: 'pair', read: () => JPEG },
  };
}

/** The first event of a new page that has results. */
export async function firstResults(url: string, headers: Record<string, string>) {
  for await (const event of readEvents(await open(`${url}/events`, { headers }))) {
    if (event.name === 'results') return event;
  }
  throw new Error('the stream ended without results');
}
