import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { probeRuntime, startProbe } from '../../src/engine/probe.js';
import { engineHere } from '../support/engine/engines-here.js';
import { fakeEngine } from '../support/engine/fake-engine.js';
import { weightedSum, writeIr } from '../support/engine/ir.js';
import { until } from '../support/until.js';

const timeoutMs = 30_000;
const compile = { device: 'CPU', precision: 'f32', streams: 1 } as const;
const here = engineHere('openvino-capi');
const needsRuntime = typeof here === 'string' ? { skip: here } : {};
const real = typeof here === 'string' ? fakeEngine() : here;

describe('probeRuntime()', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flawline-probe-test-'));
  after(() => rmSync(folder, { recursive: true }));
  const path = writeIr(folder, 'good', weightedSum());
  const libraryOf = (content: string): string => {
    writeFileSync(join(folder, 'libopenvino_c.so'), content);
    return join(folder, 'libopenvino_c.so');
  };

  it('reports version and devices', needsRuntime, async () => {
    const { version, devices, model } = await probeRuntime(real, { timeoutMs });
    assert.match(version, /^20\d\d\.\d/);
    assert.ok(devices.includes('CPU'));
    assert.equal(model, undefined);
  });

  it('reports a model that fits', needsRuntime, async () => {
    const { model } = await probeRuntime(real, { model: { path, compile }, timeoutMs });
    assert.deepEqual(model?.input, { name: 'image', elementType: 'u8', shape: [1, 3, 4, 6] });
    assert.equal(model?.precision, 'f32');
  });

  it('refuses a file that is no library with ERR_RUNTIME_LOAD', async () => {
    const choice = { name: 'openvino-capi', library: libraryOf('text') } as const;
    await assert.rejects(probeRuntime(choice, { timeoutMs }), {
      code: 'ERR_RUNTIME_LOAD',
      message: /must be OpenVINO's C library/,
    });
  });

  it('refuses a library that is another with ERR_RUNTIME_LOAD', async () => {
    const choice = { name: 'openvino-capi', library: 'libm.so.6' } as const;
    await assert.rejects(probeRuntime(choice, { timeoutMs }), {
      code: 'ERR_RUNTIME_LOAD',
      message: /ov_get_openvino_version/,
    });
  });

  it('survives a crash of the library and names the signal', async () => {
    const choice = fakeEngine({ fault: 'crash' });
    await assert.rejects(probeRuntime(choice, { timeoutMs }), {
      code: 'ERR_RUNTIME_LOAD',
      message: /ended with SIGSEGV/,
    });
  });

  it('ends a library that hangs in native code', async () => {
    const choice = fakeEngine({ fault: 'native-hang' });
    await assert.rejects(probeRuntime(choice, { timeoutMs: 1000 }), {
      code: 'ERR_RUNTIME_LOAD',
      message: /no answer in 1000 ms/,
    });
  });

  it('refuses a runtime that computes wrongly', async () => {
    await assert.rejects(probeRuntime(fakeEngine({ fault: 'wrong' }), { timeoutMs }), { code: 'ERR_RUNTIME_LOAD' });
  });

  it("keeps a model's fault apart from the runtime's", async () => {
    const broken = { path: join(folder, 'nowhere.xml'), compile };
    await assert.rejects(probeRuntime(fakeEngine(), { model: broken, timeoutMs }), { code: 'ERR_MODEL_LOAD' });
  });

  it('blames the model for a crash after the runtime has passed', async () => {
    const red = writeIr(folder, 'red', weightedSum({ elementType: 'f32' }));
    const choice = fakeEngine({ fault: 'crash', onByte: 0 }); // the probe's own model sees ones only
    const trial = probeRuntime(choice, { model: { path: red, compile }, timeoutMs });
    await assert.rejects(trial, { code: 'ERR_MODEL_LOAD', message: /ended with SIGSEGV/ });
  });

  it('tries what is named after its process was started', async () => {
    const probe = startProbe();
    const { devices } = await probe.try(fakeEngine(), { timeoutMs });
    assert.deepEqual(devices, (await probeRuntime(fakeEngine(), { timeoutMs })).devices);
  });

  it('says what is wrong when there is no room for temporary files, and leaves no process', async (context) => {
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = join(folder, 'nowhere');
    context.after(() => {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    });
    const message = /^Cannot try the runtime as a folder for temporary files must be writable: .*nowhere/;
    await assert.rejects(probeRuntime(fakeEngine(), { timeoutMs }), { code: 'ERR_RUNTIME_LOAD', message });
    await until('no process is left', () => !process.getActiveResourcesInfo().includes('ProcessWrap'));
  });

  it('ends a process that nobody wants any more', async () => {
    const probe = startProbe();
    probe.end();
    await assert.rejects(probe.try(fakeEngine(), { timeoutMs }), { code: 'ERR_RUNTIME_LOAD', message: /SIGKILL/ });
  });
});
