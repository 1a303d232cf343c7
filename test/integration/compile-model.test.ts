/**
 * The compiling thread starts before the runtime was tried in a child process. Should it load the runtime before that is
 * over, a library that crashes would be the end of the service.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileModel } from '../../src/pool/one-shots.js';
import { ServiceError } from '../../src/std/errors.js';
import { deferred } from '../../src/std/promises.js';
import type { CompileTask } from '../../src/worker/protocol/one-shot.js';
import { fakeEngine } from '../support/engine/fake-engine.js';
import { until } from '../support/until.js';

const TIMEOUT_MS = 60_000;

function taskOf(given: Partial<CompileTask> & { readonly steps?: Int32Array }): CompileTask {
  const compile = { device: 'CPU', precision: 'f32', streams: 1 } as const;
  return { engine: fakeEngine(), path: '/nowhere/model.xml', compile, ...given };
}

/** Says in `steps` that it runs: 1, or 2 when it had been told to compile before. */
const STEPS_ENTRY = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
    Atomics.store(workerData.steps, 0, receiveMessageOnPort(parentPort) === undefined ? 1 : 2);
    parentPort.once('message', (word) => parentPort.postMessage({ value: { engineVersion: word } }));
  `)}`,
);

describe('compileModel()', () => {
  it('tells a thread that has loaded its code to compile only when that is allowed', async () => {
    const steps = new Int32Array(new SharedArrayBuffer(4));
    const allowed = deferred();
    const compiling = compileModel(taskOf({ steps }), {
      entry: STEPS_ENTRY,
      timeoutMs: TIMEOUT_MS,
      begin: allowed.promise,
    });
    await until('the thread runs', () => Atomics.load(steps, 0) !== 0);
    assert.equal(steps[0], 1);
    allowed.resolve();
    assert.equal((await compiling).engineVersion, 'begin');
  });

  it('rejects with what keeps it from being allowed, and the engine is never made', async () => {
    // Were it made, the missing module would be the fault.
    const engine = { name: 'fake', module: 'file:///nowhere.js' } as const;
    const refusal = new ServiceError('ERR_RUNTIME_LOAD', 'the trial failed');
    const compiling = compileModel(taskOf({ engine }), {
      timeoutMs: TIMEOUT_MS,
      begin: Promise.reject(refusal),
    });
    await assert.rejects(compiling, refusal);
  });

  it("rejects with the thread's own error", async () => {
    await assert.rejects(compileModel(taskOf({}), { timeoutMs: TIMEOUT_MS }), { code: 'ERR_MODEL_LOAD' });
  });
});
