/** The worker thread: thread guard, one switch, one try; no logic. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadEngine } from '../engine/create-engine.js';
import type { SharedModel } from '../engine/engine.js';
import { ServiceError, toServiceError } from '../std/errors.js';
import { toWire } from '../std/wire-error.js';
import { type InspectorUnit, openInspector } from './create-inspector.js';
import type { Reply, Request, WorkerSetup } from './protocol/worker.js';
import { createResultMemory } from './result-memory.js';

if (!parentPort) throw new Error('worker-entry is for worker threads');
const port = parentPort;
const setup = workerData as WorkerSetup;
const memory = createResultMemory();
void loadEngine(setup.engine);
let unit: InspectorUnit | undefined;

// One request after the other: `stop` must not free native memory under a picture that is being decoded.
let last = Promise.resolve();
port.on('message', (request: Request) => {
  last = last.then(() => handle(request));
});

async function handle(request: Request): Promise<void> {
  try {
    switch (request.type) {
      case 'start':
        unit = await openInspector(setup, { shared: request.shared, resultMemory: memory });
        await unit.selfTest();
        if (request.latency !== undefined) await enableLatencyMode(unit, request.latency);
        return reply({ type: 'ready' });
      case 'inspect':
        memory.release(request.released);
        return await inspect(request);
      case 'self-test': {
        const counted = await started().selfTest();
        return reply({ type: 'self-tested', id: request.id, ...(counted && { counted }) });
      }
      case 'enable-latency-mode':
        return await enableLatencyMode(started(), request.shared);
      case 'stop':
        unit?.close();
        port.close(); // nothing listens any more: the thread ends by itself
    }
  } catch (error) {
    const wire = toWire(toServiceError(error, 'id' in request ? 'ERR_INFERENCE' : 'ERR_MODEL_LOAD'));
    if ('id' in request) reply({ type: 'failed', id: request.id, error: wire });
    else reply({ type: 'could-not-start', error: wire });
  }
}

/** A worker is fit without it, too. */
async function enableLatencyMode(own: InspectorUnit, shared: SharedModel): Promise<void> {
  try {
    await own.enableLatencyMode(shared);
  } catch (error) {
    const { code, message } = toServiceError(error, 'ERR_MODEL_LOAD');
    const text = `latency mode is unavailable: pictures are inferred in throughput mode: ${message}`;
    reply({ type: 'warning', error: toWire(new ServiceError(code, text, { cause: error })) });
  }
}

async function inspect({ id, job, mode }: Extract<Request, { readonly type: 'inspect' }>): Promise<void> {
  const inspection = await started().inspector.inspect(job, mode);
  memory.lend(id, inspection);
  reply(
    { type: 'inspected', id, inspection },
    inspection.results.flatMap(({ payload }) => (ownsItsMemory(payload) ? [payload.buffer] : [])),
  );
}

function started(): InspectorUnit {
  if (!unit) throw new Error('asked before "start"');
  return unit;
}

function reply(message: Reply, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, [...transfer]);
}

/** Only whole ArrayBuffers are transferred: a view into one would empty its neighbours, and what is shared needs no transfer. */
function ownsItsMemory(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer && bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
}
