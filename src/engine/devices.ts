/** What OpenVINO's devices need that may not be there, for people. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ServiceError } from '../std/errors.js';

interface DeviceKind {
  readonly plugin: string;
  /** Beside the plugin. */
  readonly driver?: string;
}

/** By the first word of a device: `AUTO:CPU` needs AUTO's plugin, and the CPU's. */
const KINDS: Readonly<Record<string, DeviceKind>> = {
  AUTO: { plugin: 'libopenvino_auto_plugin.so' },
  MULTI: { plugin: 'libopenvino_auto_plugin.so' },
  HETERO: { plugin: 'libopenvino_hetero_plugin.so' },
  BATCH: { plugin: 'libopenvino_auto_batch_plugin.so' },
  GPU: { plugin: 'libopenvino_intel_gpu_plugin.so', driver: 'its OpenCL driver (libOpenCL.so.1)' },
  NPU: { plugin: 'libopenvino_intel_npu_plugin.so', driver: 'its Level Zero driver (libze_loader.so.1)' },
};
const WHOLE =
  "the set-up unpacks what the CPU needs; point openvino.dir at a whole OpenVINO, such as that of Python's package";

/** A line for each device that the runtime does not offer: what it would need. @param folder the runtime's libraries */
export function missingDevices(offered: readonly string[], folder: string): readonly string[] {
  return ['GPU', 'NPU', 'AUTO'].flatMap((name) => {
    if (offered.some((device) => device === name || device.startsWith(`${name}.`))) return [];
    const { plugin, driver } = KINDS[name] ?? { plugin: '' };
    if (!existsSync(join(folder, plugin))) return [`${name}: needs ${plugin}: ${WHOLE}`];
    return driver === undefined ? [] : [`${name}: has its plugin; the device or ${driver} is not seen`];
  });
}

/** Adds to the runtime's error what the device that was asked for needs. @throws {ServiceError} as `compile` */
export function withDeviceAdvice<T>(device: string, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    const advice = error instanceof ServiceError ? adviceFor(device, error.message) : undefined;
    if (!(error instanceof ServiceError) || advice === undefined) throw error;
    const { code, message, details } = error;
    throw new ServiceError(code, `${message}. ${advice}`, { cause: error, details });
  }
}

function adviceFor(device: string, message: string): string | undefined {
  const missing = /Device with "(\w+)" name is not registered/.exec(message)?.[1];
  if (missing !== undefined) {
    const kind = KINDS[missing];
    return kind === undefined
      ? `model.device takes OpenVINO's words: CPU, ${Object.keys(KINDS).join(', ')}, or AUTO:CPU`
      : `${missing} needs ${kind.plugin}: ${WHOLE}`;
  }
  const kind = KINDS[/^\w+/.exec(device)?.[0] ?? ''];
  return kind?.driver !== undefined && /Cannot load library/.test(message) ? `It needs ${kind.driver}` : undefined;
}
