/** The machine and the versions that figures belong to. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { findTurbojpeg } from '../../src/imaging/find-turbojpeg.js';

/** Of /proc/cpuinfo: what decides how fast a precision is. */
const VECTOR_FLAGS = ['avx2', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_bf16'];

const BF16_FLAGS = ['avx512_bf16', 'amx_bf16'];

/** Without instructions for it OpenVINO runs f32 when it is asked for bf16. */
export function hasBf16(): boolean {
  const flags = cpuFlags();
  return BF16_FLAGS.some((flag) => flags.has(flag));
}

export function describeMachine(): string[] {
  const flags = cpuFlags();
  const has = VECTOR_FLAGS.filter((flag) => flags.has(flag)).join(' ');
  return [
    `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores (${has}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
    `Node ${process.versions.node}, ${mosquittoVersion()}, JPEG by ${findTurbojpeg() === undefined ? 'sharp' : 'libturbojpeg'}`,
  ];
}

function cpuFlags(): ReadonlySet<string> {
  return new Set(/^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.trim().split(' '));
}

function mosquittoVersion(): string {
  const path = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/usr/bin/mosquitto'].find(existsSync);
  try {
    return execFileSync(path ?? 'mosquitto', ['-h'], { encoding: 'utf8' }).split('\n')[0] ?? 'mosquitto';
  } catch (error) {
    const { stdout } = error as { stdout?: string }; // it prints its help and ends with 3
    return stdout?.split('\n')[0] ?? 'mosquitto';
  }
}
