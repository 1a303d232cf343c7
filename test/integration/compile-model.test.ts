/**
 * The compiling thread starts before the runtime was tried in a child process. Should it load the runtime before that is
 * over, a library that crashes would be the end of the service.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileModel } from '../../src/pool/compile.js';
import { ServiceError } from '../../src/std/errors.js';
import type { WorkerSetup } from '../../src/worker/protocol/worker.js';
import { fakeEngine } from '../support/engine/fake-engine.js';
import { deferred, until } from '../support/until.js';

const ENTRY = new URL('../../src/worker/compile-entry.js', import.meta.url);
const TIMEOUT_MS = 60_000;

/** What of it the threads here look at. */
function setupOf(given: Partial<WorkerSetup> & { readonly steps?: Int32Array }): WorkerSetup {
  const model = { name: 'm', version: '1', path: '/nowhere/model.xml', threshold: 0.5 };
  return {
    engine: fakeEngine(),
    compile: { device: 'CPU', precision: 'f32', streams: 1 },
    model,
    ...given,
  } as WorkerSetup;
}

/** Says in `steps` that it runs: 1, or 2 when it had been told to compile before. */
const STEPS_ENTRY = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
    Atomics.store(workerData.steps, 0, receiveMessageOnPort(parentPort) === undefined ? 1 : 2);
    parentPort.once('message', ({ type }) => parentPort.postMessage({ type: 'compiled', engineVersion: type }));
  `)}`,
);

describe('compileModel()', () => {
  it('tells a thread that has loaded its code to compile only when that is allowed', async () => {
    const steps = new Int32Array(new SharedArrayBuffer(4));
    const allowed = deferred<void>();
    const compiling = compileModel(STEPS_ENTRY, setupOf({ steps }), {
      timeoutMs: TIMEOUT_MS,
      allowed: allowed.promise,
    });
    await until('the thread runs', () => Atomics.load(steps, 0) !== 0);
    assert.equal(steps[0], 1);
    allowed.resolve();
    assert.equal((await compiling).engineVersion, 'compile');
  });

  it('rejects with what keeps it from being allowed, and the engine is never made', async () => {
    // Were it made, the missing module would be the fault.
    const engine = { name: 'fake', module: 'file:///nowhere.js' } as const;
    const refusal = new ServiceError('ERR_RUNTIME_LOAD', 'the trial failed');
    const compiling = compileModel(ENTRY, setupOf({ engine }), {
      timeoutMs: TIMEOUT_MS,
      allowed: Promise.reject(refusal),
    });
    await assert.rejects(compiling, refusal);
  });

  it("rejects with the thread's own error", async () => {
    await assert.rejects(compileModel(ENTRY, setupOf({}), { timeoutMs: TIMEOUT_MS }), { code: 'ERR_MODEL_LOAD' });
  });
});
