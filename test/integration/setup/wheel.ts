/** A wheel with the runtime's file names in it, and its pin. */
import { createHash } from 'node:crypto';
import type { WheelPin } from '../../../src/setup/pins.js';
import { zip } from '../../support/zip-writer.js';

export const WHEEL_NAME = 'openvino-2026.4.1-22982-cp311-cp311-manylinux_2_28_x86_64.whl';
export const LIBRARIES = [
  'libopenvino.so.2641',
  'libopenvino_c.so.2641',
  'libopenvino_intel_cpu_plugin.so',
  'libopenvino_ir_frontend.so.2641',
  'libopenvino_onnx_frontend.so.2641',
  'libtbb.so.12',
];
const OTHERS = ['libopenvino_intel_gpu_plugin.so', 'libtbbmalloc.so.2', 'libopenvino_paddle_frontend.so.2641'];

export const wheel = zip([
  ...[...LIBRARIES, ...OTHERS].map((name) => ({ name: `openvino/libs/${name}`, data: Buffer.from(name.repeat(50)) })),
  { name: 'openvino/__init__.py', data: Buffer.from('raise SystemExit(7)') },
  { name: 'openvino-2026.4.1.dist-info/licenses/LICENSE', data: Buffer.from('Apache') },
]);
export const pin: WheelPin = {
  fileName: WHEEL_NAME,
  sha256: createHash('sha256').update(wheel).digest('hex'),
  sizeBytes: wheel.length,
  glibc: '2.28',
  pipTags: { pythonVersion: '311', abi: 'cp311', platform: 'manylinux_2_28_x86_64' },
};
