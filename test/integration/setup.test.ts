import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { WheelPin } from '../../src/inference/setup/pins.js';
import { createReporter } from '../../src/inference/setup/reporter.js';
import { type SetUpOptions, setUpRuntime } from '../../src/inference/setup/set-up-runtime.js';
import { zip } from '../support/zip-writer.js';

const NAME = 'openvino-2026.4.1-22982-cp311-cp311-manylinux_2_28_x86_64.whl';
const LIBRARIES = [
  'libopenvino.so.2641',
  'libopenvino_c.so.2641',
  'libopenvino_intel_cpu_plugin.so',
  'libopenvino_ir_frontend.so.2641',
  'libopenvino_onnx_frontend.so.2641',
  'libtbb.so.12',
];
const OTHERS = ['libopenvino_intel_gpu_plugin.so', 'libtbbmalloc.so.2', 'libopenvino_paddle_frontend.so.2641'];

const wheel = zip([
  ...[...LIBRARIES, ...OTHERS].map((name) => ({ name: `openvino/libs/${name}`, data: Buffer.from(name.repeat(50)) })),
  { name: 'openvino/__init__.py', data: Buffer.from('raise SystemExit(7)') },
  { name: 'openvino-2026.4.1.dist-info/licenses/LICENSE', data: Buffer.from('Apache') },
]);
const pin: WheelPin = {
  fileName: NAME,
  sha256: createHash('sha256').update(wheel).digest('hex'),
  sizeBytes: wheel.length,
  glibc: '2.28',
  pipTags: { pythonVersion: '311', abi: 'cp311', platform: 'manylinux_2_28_x86_64' },
};

/** An empty package on a machine with nothing on its PATH; everything that was reported stands in `lines`. */
function startSandbox() {
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

async function startServer(listener: RequestListener) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return {
    server,
    requests,
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A simple index with our wheel behind a redirect, and another file whose name is a part of it. */
function startIndex(body: Uint8Array = wheel) {
  return startServer(({ url = '' }, response) => {
    if (url === '/simple/openvino/') {
      const other = NAME.replace('x86_64', 'aarch64');
      response.end(
        `<html><a href="../../files/${other}">${other}</a> <a data-x="1" href="../../files/${NAME}#sha256=0">${NAME}</a>`,
      );
    } else if (url === `/files/${NAME}`) response.writeHead(302, { location: '/moved' }).end();
    else if (url === '/moved') response.end(body);
    else response.writeHead(404).end();
  });
}

describe('setUpRuntime()', () => {
  it('unpacks only the needed libraries and the licences, and leaves no other trace', async () => {
    using box = startSandbox();
    await using index = await startIndex();
    const { outcome, place } = await setUpRuntime(box.options({ PIP_INDEX_URL: `${index.url}/simple/` }));
    assert.deepEqual([outcome, place.library], ['filled', join(box.target, 'libopenvino_c.so.2641')]);
    assert.deepEqual(readdirSync(box.target).sort(), [...LIBRARIES, 'licenses', 'manifest.json'].sort());
    assert.deepEqual(readdirSync(join(box.target, '..')), ['openvino-2026.4.1']);
  });

  it('downloads nothing the second time', async () => {
    using box = startSandbox();
    await using index = await startIndex();
    const options = box.options({ PIP_INDEX_URL: `${index.url}/simple` });
    await setUpRuntime(options);
    const requests = index.requests.length;
    const { outcome } = await setUpRuntime(options);
    assert.deepEqual([outcome, index.requests.length], ['present', requests]);
  });

  it('fills a folder again in which a file was cut', async () => {
    using box = startSandbox();
    await using index = await startIndex();
    const options = box.options({ PIP_INDEX_URL: `${index.url}/simple` });
    await setUpRuntime(options);
    truncateSync(join(box.target, 'libtbb.so.12'), 3);
    assert.equal((await setUpRuntime(options)).outcome, 'filled');
  });

  it('leaves a runtime elsewhere in peace', async () => {
    using box = startSandbox();
    const site = join(box.root, 'venv/lib/python3.12/site-packages/openvino/libs');
    mkdirSync(site, { recursive: true });
    writeFileSync(join(site, 'libopenvino_c.so.2641'), '');
    const { outcome } = await setUpRuntime(box.options({ VIRTUAL_ENV: join(box.root, 'venv') }));
    assert.deepEqual([outcome, existsSync(box.target)], ['present', false]);
  });

  it('takes a wheel from a folder of find-links', async () => {
    using box = startSandbox();
    writeFileSync(join(box.root, NAME), wheel);
    const options = box.options({ PIP_FIND_LINKS: box.root, PIP_NO_INDEX: '1' });
    assert.equal((await setUpRuntime(options)).outcome, 'filled');
  });

  it('takes a wheel that someone brought', async () => {
    using box = startSandbox();
    const path = join(box.root, 'brought.whl');
    writeFileSync(path, wheel);
    assert.equal((await setUpRuntime(box.options({}, { wheel: path }))).outcome, 'filled');
  });

  it('asks pip first, for exactly the pinned wheel', async () => {
    using box = startSandbox();
    writeFileSync(join(box.root, NAME), wheel);
    // Copies the wheel to where --dest says, and its arguments to where the test reads them.
    box.script(
      'python3',
      `[ "$1" = -m ] || exit 1\nfor a; do echo "$a"; [ "$last" = --dest ] && dest=$a; last=$a; done > ${box.root}/args\n/bin/cp ${box.root}/${NAME} "$dest"`,
    );
    await setUpRuntime(box.options({ PIP_INDEX_URL: 'http://127.0.0.1:1/' }));
    const asked = readFileSync(join(box.root, 'args'), 'utf8').split('\n').join(' ');
    assert.match(asked, /^-m pip download --no-deps --only-binary=:all: --require-hashes /);
    assert.match(asked, / --python-version 311 --abi cp311 --platform manylinux_2_28_x86_64 $/);
    assert.equal(existsSync(box.target), true);
  });

  it('fetches by itself when pip fails', async () => {
    using box = startSandbox();
    await using index = await startIndex();
    box.script('python3', 'echo "No module named pip" >&2; exit 1');
    const { outcome } = await setUpRuntime(box.options({ PIP_INDEX_URL: `${index.url}/simple` }));
    assert.equal(outcome, 'filled');
  });

  it('fetches by itself when the wheel that pip gave is another', async () => {
    using box = startSandbox();
    await using index = await startIndex();
    box.script(
      'python3',
      `[ "$1" = -m ] || exit 1\nfor a; do [ "$last" = --dest ] && dest=$a; last=$a; done\necho other > "$dest/${NAME}"`,
    );
    const { outcome } = await setUpRuntime(box.options({ PIP_INDEX_URL: `${index.url}/simple` }));
    assert.equal(outcome, 'filled');
  });

  it('goes through a proxy for http', async () => {
    using box = startSandbox();
    await using index = await startIndex();
    const target = new URL(index.url);
    await using proxy = await startServer(({ url = '', headers }, response) => {
      const upstream = connect(Number(target.port), target.hostname);
      const { pathname } = new URL(url);
      assert.equal(headers.host, 'index.example');
      upstream.end(`GET ${pathname} HTTP/1.0\r\n\r\n`);
      upstream.pipe(response.socket ?? upstream);
    });
    const env = { PIP_INDEX_URL: 'http://index.example/simple', HTTP_PROXY: proxy.url };
    assert.equal((await setUpRuntime(box.options(env))).outcome, 'filled');
  });

  it('asks a proxy for a tunnel for https', async () => {
    using box = startSandbox();
    await using proxy = await startServer(() => {});
    const asked: string[] = [];
    proxy.server.on('connect', ({ url = '' }, socket) => {
      asked.push(url);
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    const env = { PIP_INDEX_URL: 'https://index.example/simple', HTTPS_PROXY: proxy.url };
    await assert.rejects(setUpRuntime(box.options(env)), /the proxy 127\.0\.0\.1:\d+ answered 403/);
    assert.deepEqual(asked, ['index.example:443']);
  });

  for (const [what, body] of [
    ['with another hash', Buffer.from(wheel).fill(0, 100, 200)],
    ['that was cut', wheel.subarray(0, -10)],
    ['that is longer than it may be', Buffer.concat([wheel, wheel])],
  ] as const) {
    it(`refuses a download ${what}, says what to do and leaves nothing`, async () => {
      using box = startSandbox();
      await using index = await startIndex(body);
      const options = box.options({ PIP_INDEX_URL: `${index.url}/simple` });
      await assert.rejects(setUpRuntime(options), { code: 'ERR_RUNTIME_MISSING', message: /setup --wheel FILE$/ });
      assert.deepEqual(readdirSync(join(box.target, '..')), []);
    });
  }

  it('refuses a brought wheel with another hash, with both hashes', async () => {
    using box = startSandbox();
    const path = join(box.root, 'brought.whl');
    writeFileSync(path, 'another');
    const message = new RegExp(`must be ${pin.sha256}: it is [0-9a-f]{64}`);
    await assert.rejects(setUpRuntime(box.options({}, { wheel: path })), { code: 'ERR_RUNTIME_MISSING', message });
  });

  it('without network names every way that failed, and no password', async () => {
    using box = startSandbox();
    const options = box.options({ PIP_INDEX_URL: 'http://me:secret@127.0.0.1:1/simple' });
    await assert.rejects(setUpRuntime(options), (error: Error) => {
      assert.match(error.message, /python3.*; then: .*ECONNREFUSED.*--wheel FILE$/s);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });

  it('refuses an older C library by its version', async () => {
    using box = startSandbox();
    const host = { platform: 'linux', arch: 'x64', glibcVersion: '2.17' } as const;
    const message = /needs glibc >= 2\.28: this system has 2\.17/;
    await assert.rejects(setUpRuntime(box.options({}, { host })), { code: 'ERR_RUNTIME_MISSING', message });
  });

  it('does not fill the own folder for a wrong openvino.dir', async () => {
    using box = startSandbox();
    const message = /Correct openvino\.dir/;
    await assert.rejects(setUpRuntime(box.options({}, { dir: join(box.root, 'no') })), { message });
    assert.equal(existsSync(box.target), false);
  });

  it('sweeps up what a killed set-up left', async () => {
    using box = startSandbox();
    await using index = await startIndex();
    mkdirSync(join(box.target, '../.staging-999999999/new'), { recursive: true });
    await setUpRuntime(box.options({ PIP_INDEX_URL: `${index.url}/simple` }));
    assert.deepEqual(readdirSync(join(box.target, '..')), ['openvino-2026.4.1']);
  });
});
