import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { findRuntime, placeFor, type RuntimeSearchOptions } from '../../src/setup/find-runtime.js';

const host = { platform: 'linux', arch: 'x64', glibcVersion: '2.36' } as const;

/** A package's folder and a PATH of our own, removed at the end. */
function startSandbox() {
  const root = mkdtempSync(join(tmpdir(), 'flawline-search-'));
  const packageRoot = join(root, 'package');
  const bin = join(root, 'bin');
  mkdirSync(packageRoot);
  mkdirSync(bin);
  const put = (path: string, content = ''): string => {
    const full = join(root, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, content);
    return full;
  };
  const options = (more: Partial<RuntimeSearchOptions> = {}): RuntimeSearchOptions => ({
    packageRoot,
    env: { PATH: bin },
    host,
    extent: 'all',
    ...more,
  });
  return { root, bin, put, options, [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
}

describe('findRuntime()', () => {
  it('looks at the places in the documented order and says what each lacks', () => {
    using box = startSandbox();
    const { places } = findRuntime(
      box.options({ env: { PATH: box.bin, VIRTUAL_ENV: '/nowhere', INTEL_OPENVINO_DIR: '/no' } }),
    );
    assert.deepEqual(
      places.map(({ kind }) => kind),
      ['own folder', 'openvino-node', 'Python environment', 'Python environment', 'system', 'system'],
    );
    assert.ok(places.every(({ verdict }) => verdict.length > 0));
  });

  for (const sub of ['', 'openvino/libs', 'libs', 'lib', 'runtime/lib/intel64']) {
    it(`finds the library below openvino.dir in "${sub}"`, () => {
      using box = startSandbox();
      const library = box.put(join('given', sub, 'libopenvino_c.so.2641'));
      const search = findRuntime(box.options({ dir: join(box.root, 'given') }));
      assert.equal(placeFor('auto', search)?.library, library);
    });
  }

  it('looks nowhere else when openvino.dir is given, even if it is wrong', () => {
    using box = startSandbox();
    box.put('package/runtime/openvino-1/libopenvino_c.so');
    const search = findRuntime(box.options({ dir: join(box.root, 'given') }));
    assert.deepEqual([search.places.length, placeFor('auto', search)], [1, undefined]);
  });

  it('takes the newest version of the own folder', () => {
    using box = startSandbox();
    box.put('package/runtime/openvino-2025.9.0/libopenvino_c.so.2590');
    const library = box.put('package/runtime/openvino-2025.10.0/libopenvino_c.so.25100');
    assert.equal(placeFor('auto', findRuntime(box.options()))?.library, library);
  });

  it('does not take a staging folder for a runtime', () => {
    using box = startSandbox();
    box.put('package/runtime/.staging-1/new/libopenvino_c.so');
    box.put('package/runtime/.staging-1/libopenvino_c.so');
    assert.equal(placeFor('auto', findRuntime(box.options())), undefined);
  });

  it('takes openvino-node only with its native part', () => {
    using box = startSandbox();
    box.put('package/node_modules/openvino-node/package.json', '{}');
    const without = findRuntime(box.options());
    box.put('package/node_modules/openvino-node/bin/ov_node_addon.node');
    const withAddon = findRuntime(box.options());
    assert.equal(placeFor('openvino-node', without), undefined);
    assert.equal(without.places[1]?.verdict, 'installed without its native part');
    assert.equal(placeFor('openvino-node', withAddon)?.kind, 'openvino-node');
  });

  it("gives the C API engine the library of openvino-node's archive", () => {
    using box = startSandbox();
    box.put('package/node_modules/openvino-node/package.json', '{}');
    box.put('package/node_modules/openvino-node/bin/ov_node_addon.node');
    const library = box.put('package/node_modules/openvino-node/bin/libopenvino_c.so.2640');
    assert.equal(placeFor('openvino-capi', findRuntime(box.options()))?.library, library);
  });

  it('executes nothing of openvino-node', () => {
    using box = startSandbox();
    box.put('package/node_modules/openvino-node/package.json', '{"main":"./index.js"}');
    box.put('package/node_modules/openvino-node/index.js', 'process.exit(7)');
    box.put('package/node_modules/openvino-node/bin/ov_node_addon.node');
    assert.ok(findRuntime(box.options()).places[1]?.nodeAddon);
  });

  it("finds the package of a virtual environment without running anything of Python's", () => {
    using box = startSandbox();
    const library = box.put('venv/lib/python3.11/site-packages/openvino/libs/libopenvino_c.so.2641');
    const search = findRuntime(box.options({ env: { PATH: box.bin, VIRTUAL_ENV: join(box.root, 'venv') } }));
    assert.equal(placeFor('auto', search)?.library, library);
  });

  it('asks python3 for its path', () => {
    using box = startSandbox();
    const library = box.put('site/openvino/libs/libopenvino_c.so.2641');
    chmodSync(box.put('bin/python3', `#!/bin/sh\necho\necho ${join(box.root, 'site')}\n`), 0o755);
    assert.equal(placeFor('auto', findRuntime(box.options()))?.library, library);
  });

  it('takes the own folder before the archive of openvino-node, which may be half unpacked', () => {
    using box = startSandbox();
    box.put('package/node_modules/openvino-node/package.json', '{}');
    box.put('package/node_modules/openvino-node/bin/ov_node_addon.node');
    box.put('package/node_modules/openvino-node/bin/libopenvino_c.so.2640');
    const own = box.put('package/runtime/openvino-2026.4.1/libopenvino_c.so.2641');
    assert.equal(placeFor('auto', findRuntime(box.options()))?.library, own);
  });

  it('takes an older place before a later kind of place', () => {
    using box = startSandbox();
    box.put('venv/lib/python3.11/site-packages/openvino/libs/libopenvino_c.so.2641');
    const own = box.put('package/runtime/openvino-2024.3.0/libopenvino_c.so.2430');
    const env = { PATH: box.bin, VIRTUAL_ENV: join(box.root, 'venv') };
    assert.equal(placeFor('auto', findRuntime(box.options({ env })))?.library, own);
  });

  it('extent "first" does not start python3 once a library was found', () => {
    using box = startSandbox();
    box.put('package/runtime/openvino-1/libopenvino_c.so');
    const { places } = findRuntime(box.options({ extent: 'first' }));
    assert.deepEqual(
      places.map(({ kind }) => kind),
      ['own folder', 'openvino-node'],
    );
  });

  it('names the command that fits how we are installed', () => {
    using box = startSandbox();
    assert.equal(findRuntime(box.options()).setupCommand, 'npm run setup');
    const packageRoot = join(box.root, 'node_modules/flawline');
    assert.equal(findRuntime(box.options({ packageRoot })).setupCommand, 'npx flawline setup');
  });

  it('refuses musl before it looks anywhere', () => {
    using box = startSandbox();
    const musl = { ...host, glibcVersion: undefined };
    assert.throws(() => findRuntime(box.options({ host: musl })), { code: 'ERR_RUNTIME_MISSING', message: /musl/ });
  });
});
