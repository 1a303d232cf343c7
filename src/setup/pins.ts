/**
 * The runtime that `setup` fetches: one wheel of the openvino package an architecture, byte for byte. Python's tags
 * in the name do not matter to us, as nothing of Python in it is used. Hashes: from the package index's own listing.
 */
import type { Architecture } from '../engine/host.js';

export interface WheelPin {
  readonly fileName: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Oldest C library that it runs on. */
  readonly glibc: string;
  /** How pip is asked for this wheel whatever Python runs pip. */
  readonly pipTags: {
    readonly pythonVersion: string;
    readonly abi: string;
    readonly platform: string;
  };
}

export const PACKAGE = 'openvino';
export const VERSION = '2026.4.1';
/** The npm package openvino-node, as package.json has it. */
export const NODE_PACKAGE_VERSION = '2026.4.0';
/** What the fetched wheel and its unpacked libraries take on disk while it is set up. */
export const NEEDED_BYTES = 200 * 2 ** 20;

export const WHEELS: Readonly<Record<Architecture, WheelPin>> = {
  x64: {
    fileName: 'openvino-2026.4.1-22982-cp311-cp311-manylinux_2_28_x86_64.whl',
    sha256: '2d22b1da03f7caf74df30e9f6417d0ab2f637e4a38e08e1dcd294d2c37407aaf',
    sizeBytes: 59_130_756,
    glibc: '2.28',
    pipTags: { pythonVersion: '311', abi: 'cp311', platform: 'manylinux_2_28_x86_64' },
  },
  arm64: {
    fileName: 'openvino-2026.4.1-22982-cp311-cp311-manylinux_2_35_aarch64.whl',
    sha256: 'bea1eb3733c34ef331adc945da0ccda5937865031139073663be84c517ffda22',
    sizeBytes: 30_348_540,
    glibc: '2.35',
    pipTags: { pythonVersion: '311', abi: 'cp311', platform: 'manylinux_2_35_aarch64' },
  },
};

/** What CPU inference of IR and ONNX models loads; one file for each, no more. */
export const LIBRARIES: readonly RegExp[] = [
  /^libopenvino\.so(\.\d+)*$/,
  /^libopenvino_c\.so(\.\d+)*$/,
  /^libopenvino_(intel|arm)_cpu_plugin\.so$/,
  /^libopenvino_ir_frontend\.so(\.\d+)*$/,
  /^libopenvino_onnx_frontend\.so(\.\d+)*$/,
  /^libtbb\.so(\.\d+)*$/,
];
