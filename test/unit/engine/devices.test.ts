import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { missingDevices, withDeviceAdvice } from '../../../src/engine/devices.js';
import { ServiceError } from '../../../src/std/errors.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

const failing = (device: string, message: string) => () =>
  withDeviceAdvice(device, () => {
    throw new ServiceError('ERR_MODEL_LOAD', message);
  });

describe('withDeviceAdvice()', () => {
  for (const [device, message, advice] of [
    [
      'AUTO:CPU',
      'Device with "AUTO" name is not registered',
      /AUTO needs libopenvino_auto_plugin\.so: .*openvino\.dir/,
    ],
    ['TOASTER', 'Device with "TOASTER" name is not registered', /model\.device takes OpenVINO's words: CPU, AUTO/],
    ['GPU.0', 'Cannot load library "gpu_plugin.so": libOpenCL.so.1: no such file', /It needs its OpenCL driver/],
    ['CPU', 'something else', /^something else$/],
  ] as const) {
    it(`says what ${device} needs`, () => {
      assert.throws(failing(device, message), { code: 'ERR_MODEL_LOAD', message: advice });
    });
  }
});

describe('missingDevices()', () => {
  it('tells a plugin that is not there from a driver that is not seen, and nothing of what is there', async () => {
    await using folder = await makeTemporaryFolder();
    await folder.write('libopenvino_intel_npu_plugin.so', '');
    await folder.write('libopenvino_auto_plugin.so', '');
    const [npu = '', ...others] = missingDevices(['CPU', 'GPU.0', 'GPU.1'], folder.path);
    assert.match(npu, /^NPU: has its plugin; the device or its Level Zero driver .* is not seen$/);
    assert.deepEqual(others, []);
    assert.match(missingDevices(['CPU'], folder.path).join(), /GPU: needs libopenvino_intel_gpu_plugin\.so/);
  });
});
