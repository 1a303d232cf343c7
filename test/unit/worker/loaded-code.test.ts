/** What would go wrong: every worker thread loads, and keeps, code that the pictures of most lines never need. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

const SRC = new URL('../../../src/', import.meta.url);

/** Files of ours that are loaded with one, by import statements alone. */
function loadedWith(file: URL, found = new Set<string>()): ReadonlySet<string> {
  const name = file.href.slice(SRC.href.length);
  if (found.has(name)) return found;
  found.add(name);
  for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b[^;]*?['"](\.[^'"]+)['"];/gms)) {
    loadedWith(new URL(path, file), found);
  }
  return found;
}

describe('worker-entry.ts', () => {
  const loaded = [...loadedWith(new URL('worker/worker-entry.js', SRC))];

  it('loads what every picture needs', () => {
    for (const name of ['worker/inspect.js', 'imaging/turbojpeg.js', 'vision/kernels/simd-pixel-ops.js']) {
      assert.ok(loaded.includes(name), name);
    }
  });

  it('loads the code of no task, and none that tidies or draws, before it is needed', () => {
    const needless =
      /^(worker\/postprocess\/(map|object|class)-task|worker\/dry-run|imaging\/(sharp|mask-png|opencv|jpeg\/|tiff\/tidy)|vision\/(overlay|object-overlay|draw))/;
    assert.deepEqual(
      loaded.filter((name) => needless.test(name)),
      [],
    );
  });
});
