import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createReporter } from '../../../src/setup/reporter.js';
import type { SetUpOptions } from '../../../src/setup/set-up-runtime.js';
import { pin } from './wheel.js';

/** An empty package on a machine with nothing on its PATH; everything that was reported stands in `lines`. */
export function startSandbox() {
  const root = mkdtempSync(join(tmpdir(), 'flawline-setup-'));
  const packageRoot = join(root, 'package');
  const bin = join(root, 'bin');
  mkdirSync(packageRoot);
  mkdirSync(bin);
  const lines: string[] = [];
  const options = (env: NodeJS.ProcessEnv, more: Partial<SetUpOptions> = {}): SetUpOptions => ({
    packageRoot,
    env: { PATH: bin, PIP_CONFIG_FILE: '/dev/null', ...env },
    host: { platform: 'linux', arch: 'x64', glibcVersion: '2.36' },
    force: false,
    reporter: createReporter({ write: (text) => lines.push(text) }),
    wheels: { x64: pin, arm64: pin },
    ...more,
  });
  const script = (name: string, text: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  const target = join(packageRoot, 'runtime/openvino-2026.4.1');
  return {
    root,
    bin,
    lines,
    options,
    script,
    target,
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}
