import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pool } from '../../../src/pool/pool.js';
import { createLatencyModes } from '../../../src/service/latency-modes.js';
import { modelOf, settle } from '../pool/pool-on-fake-threads.js';

/** What is asked of the pool stands in `calls`; `fails` names models that get no second compilation. */
function modesOf({ fails = [] }: { readonly fails?: readonly string[] } = {}) {
  const keys = ['a'];
  const calls: string[] = [];
  const warnings: string[] = [];
  const closing = new AbortController();
  const modes = createLatencyModes({
    started: {
      pool: { models: async () => keys.map(modelOf) } as unknown as Pool,
      async enableLatencyMode({ setup: { key } }) {
        calls.push(`enable ${key}`);
        if (fails.includes(key)) throw new Error('no');
      },
      async disableLatencyMode(key) {
        calls.push(`disable ${key}`);
      },
    },
    keys: () => keys,
    log: { warn: (_fields: unknown, text: string) => void warnings.push(text) } as never,
    signal: closing.signal,
    onChange: () => calls.push('changed'),
  });
  return { keys, calls, warnings, closing, modes };
}

describe('createLatencyModes()', () => {
  it('compiles nothing as long as pictures are not alone', async () => {
    const { calls, modes } = modesOf();
    modes.modelsChanged();
    await settle();
    assert.deepEqual(calls, []);
  });

  it('has each model compiled once more, those that come later too, and all of them freed', async () => {
    const { keys, calls, modes } = modesOf();
    modes.want(true);
    await settle();
    keys.push('b');
    modes.modelsChanged();
    await settle();
    assert.deepEqual(calls, ['enable a', 'changed', 'enable b', 'changed']);
    modes.want(false);
    await settle();
    assert.deepEqual(calls.slice(4), ['disable a', 'changed', 'disable b', 'changed']);
  });

  it('does one after the other, and what is wanted in the end', async () => {
    const { calls, modes } = modesOf();
    modes.want(true);
    modes.want(false);
    modes.want(true);
    await settle();
    assert.deepEqual(calls, ['enable a', 'changed']);
  });

  it('warns of a model that gets none, and asks for it no more until it was not wanted', async () => {
    const { calls, warnings, modes } = modesOf({ fails: ['a'] });
    modes.want(true);
    modes.modelsChanged();
    await settle();
    assert.deepEqual(calls, ['enable a', 'changed']);
    assert.deepEqual(warnings, ['latency mode is unavailable: pictures are inferred in throughput mode']);
  });

  it('begins nothing once the service stops', async () => {
    const { calls, closing, modes } = modesOf();
    closing.abort();
    modes.want(true);
    await settle();
    assert.deepEqual(calls, []);
  });
});
