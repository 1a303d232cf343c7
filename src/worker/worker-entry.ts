/** The worker thread: thread guard, one switch, one try; no logic. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { loadEngine } from '../engine/create-engine.js';
import type { SharedModel } from '../engine/engine.js';
import { ServiceError, toServiceError, toWire } from '../std/errors.js';
import { type ModelSet, openModelSet } from './model-set.js';
import { createProgress } from './protocol/progress.js';
import type { Reply, Request, WorkerData } from './protocol/worker.js';
import { createResultMemory } from './result-memory.js';

const BACKGROUND_NICENESS = 5;

if (!parentPort) throw new Error('worker-entry is for worker threads');
const port = parentPort;
const { engine, isBackground, progress: shared } = workerData as WorkerData;
// Linux gives each thread a priority of its own. This one yields to the others by a third of their weight and no more: with the lowest
// priority, on a machine whose cores others keep busy, it stood for seconds while it held a lock that all threads of the process need.
if (isBackground) setPriority(0, BACKGROUND_NICENESS);
const memory = createResultMemory();
const progress = createProgress(shared);
void loadEngine(engine);
let models: ModelSet | undefined;

// One request after the other: `stop` must not free native memory under a picture that is being decoded.
let last = Promise.resolve();
port.on('message', (request: Request) => {
  last = last.then(() => handle(request));
});

async function handle(request: Request): Promise<void> {
  try {
    switch (request.type) {
      case 'start':
        models = await openModelSet(engine, memory);
        for (const model of request.models) {
          await models.addModel(model);
          if (model.latency !== undefined) await enableLatencyMode(model.setup.key, model.latency);
        }
        return reply({ type: 'ready' });
      case 'inspect':
        if (!progress.begin(request.id)) return;
        memory.release(request.released);
        return await inspect(request);
      case 'self-test': {
        if (!progress.begin(request.id)) return;
        const counted = await started().unitOf(request.key).selfTest();
        return reply({ type: 'self-tested', id: request.id, ...(counted && { counted }) });
      }
      case 'enable-latency-mode':
        return await enableLatencyMode(request.key, request.shared);
      case 'change':
        await started().change(request.change);
        return reply({ type: 'changed', id: request.id });
      case 'stop':
        models?.close();
        port.close(); // nothing listens any more: the thread ends by itself
    }
  } catch (error) {
    const wire = toWire(
      toServiceError(
        error,
        request.type === 'inspect' || request.type === 'self-test' ? 'ERR_INFERENCE' : 'ERR_MODEL_LOAD',
      ),
    );
    if ('id' in request) reply({ type: 'failed', id: request.id, error: wire });
    else reply({ type: 'could-not-start', error: wire });
  }
}

/** A worker is fit without it, too. */
async function enableLatencyMode(key: string, shared: SharedModel): Promise<void> {
  try {
    await started().unitOf(key).enableLatencyMode(shared);
  } catch (error) {
    const { code, message } = toServiceError(error, 'ERR_MODEL_LOAD');
    const text = `latency mode is unavailable: pictures are inferred in throughput mode: ${message}`;
    reply({ type: 'warning', error: toWire(new ServiceError(code, text, { cause: error })) });
  }
}

async function inspect({ id, job, mode }: Extract<Request, { readonly type: 'inspect' }>): Promise<void> {
  const inspection = await started().unitOf(job.assignments?.[0]?.model).inspector.inspect(job, mode);
  memory.lend(id, inspection);
  const { kept, mask, results } = inspection;
  reply({ type: 'inspected', id, inspection }, [
    ...results.flatMap(({ payload }) => (ownsItsMemory(payload) ? [payload.buffer] : [])),
    ...(mask !== undefined && ownsItsMemory(mask.mask) ? [mask.mask.buffer] : []),
    ...(kept === undefined ? [] : [kept.picture.buffer, kept.mask.buffer]),
  ]);
}

function started(): ModelSet {
  if (!models) throw new Error('asked before "start"');
  return models;
}

function reply(message: Reply, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, [...transfer]);
}

/** Only whole ArrayBuffers are transferred: a view into one would empty its neighbours, and what is shared needs no transfer. */
function ownsItsMemory(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer && bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
}
