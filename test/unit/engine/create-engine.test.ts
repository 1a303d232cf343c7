import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEngine } from '../../../src/engine/create-engine.js';
import { chooseEngine } from '../../../src/setup/find-runtime.js';
import type { Place } from '../../../src/setup/runtime-locations.js';

const library: Place = { kind: 'own folder', path: '/own', library: '/own/libopenvino_c.so.1', verdict: 'found' };
const otherLibrary: Place = { kind: 'system', path: '/sys', library: '/sys/libopenvino_c.so', verdict: 'found' };
const addon: Place = { kind: 'openvino-node', path: '/pkg', nodeAddon: true, verdict: 'found' };
const empty: Place = { kind: 'own folder', path: '/own', verdict: 'not filled' };
const search = (...places: Place[]) => ({ places, setupCommand: 'npm run setup' });
const capi = { name: 'openvino-capi', library: '/own/libopenvino_c.so.1' };

describe('chooseEngine()', () => {
  it('auto takes the C API where there is both', () => {
    assert.deepEqual(chooseEngine('auto', search(addon, library)), capi);
  });
  it('auto takes openvino-node where there is no library', () => {
    assert.deepEqual(chooseEngine('auto', search(addon, empty)), { name: 'openvino-node' });
  });
  it('takes the first library in the order of the search', () => {
    assert.deepEqual(chooseEngine('openvino-capi', search(empty, library, otherLibrary)), capi);
  });
  it('openvino-node is not replaced by a library', () => {
    assert.throws(() => chooseEngine('openvino-node', search(library)), { code: 'ERR_RUNTIME_MISSING' });
  });
  it('openvino-capi is not replaced by openvino-node', () => {
    assert.throws(() => chooseEngine('openvino-capi', search(addon)), { code: 'ERR_RUNTIME_MISSING' });
  });
  it('with nothing found names every place and the command to run', () => {
    const expected = { code: 'ERR_RUNTIME_MISSING', message: /looked in \/own \(not filled\)\. Run: npm run setup$/ };
    assert.throws(() => chooseEngine('auto', search(empty)), expected);
  });
  it('with a wrong openvino.dir says to correct it', () => {
    const wrong: Place = { kind: 'openvino.dir', path: '/x', verdict: 'no such folder' };
    assert.throws(() => chooseEngine('auto', search(wrong)), {
      message: /\/x \(no such folder\)\. Correct openvino\.dir/,
    });
  });
});

describe('createEngine()', () => {
  it('refuses a fake without a module', async () => {
    await assert.rejects(createEngine({ name: 'fake' }), { code: 'ERR_RUNTIME_LOAD' });
  });
});
