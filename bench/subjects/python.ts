/** The hand-written Python service, `bench/peer.py`, where an interpreter with its packages is found. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { packageRoot } from '../../src/std/package-root.js';
import { until } from '../../test/support/until.js';
import { type Subject, type SubjectOptions, topicsOf } from './subject.js';

export type PythonMode = 'threads' | 'processes';

export interface Python {
  readonly path: string;
  /** Of the interpreter and the packages, as a line. */
  readonly versions: string;
}

export interface PythonOptions extends SubjectOptions {
  readonly mode: PythonMode;
  /** What the model is asked for: by default one map. */
  readonly task?: 'map' | 'objects';
}

const PEER = join(packageRoot, 'bench/peer.py');
const WORKERS = 2;
const INSTALL =
  'python3 -m venv bench-venv && bench-venv/bin/pip install paho-mqtt opencv-python-headless openvino orjson';
const VERSIONS = `
import sys, importlib.metadata as m
import cv2, numpy, openvino, paho.mqtt.client
print("Python " + sys.version.split()[0] + ", OpenCV " + cv2.__version__ + ", OpenVINO " + openvino.__version__.split("-")[0]
      + ", paho-mqtt " + m.version("paho-mqtt"))
`;

/** The interpreter, or why there is none and what to do. @param named by the caller; else `python3` is tried */
export function findPython(named: string | undefined): Python | string {
  const path = named ?? 'python3';
  try {
    const versions = execFileSync(path, ['-c', VERSIONS], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return { path, versions: versions.trim() };
  } catch {
    return `not installed (${path} lacks a package): ${INSTALL}, then --python bench-venv/bin/python`;
  }
}

export async function startPython(python: Python, options: PythonOptions): Promise<Subject> {
  const { name, mode } = options;
  const startedAt = performance.now();
  const members = Array.from({ length: mode === 'threads' ? 1 : WORKERS }, () => startMember(python, options));
  async function stop(): Promise<void> {
    await Promise.all(members.map((member) => member.stop()));
  }
  try {
    await until(`${name} is ready`, () => members.every(({ isReady }) => isReady()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    name,
    ...topicsOf(name),
    pids: members.map(({ pid }) => pid),
    startMs: performance.now() - startedAt,
    [Symbol.asyncDispose]: stop,
  };
}

interface Member {
  readonly pid: number;
  /** @throws when it has ended */
  isReady(): boolean;
  stop(): Promise<void>;
}

function startMember(python: Python, { name, mode, task = 'map', model, port, precision }: PythonOptions): Member {
  const { topicIn, topicOut } = topicsOf(name);
  const settings = {
    port: String(port),
    model,
    mode: mode === 'threads' ? 'threads' : 'member',
    precision,
    task,
    workers: String(WORKERS),
    'topic-in': topicIn,
    'topic-out': topicOut,
  };
  const args = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, value]);
  const child = spawn(python.path, [PEER, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-10_000);
    });
  }
  const ended = once(child, 'exit');
  return {
    pid: child.pid ?? 0,
    isReady() {
      if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}:\n${output}`);
      return /^ready$/m.test(output);
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
