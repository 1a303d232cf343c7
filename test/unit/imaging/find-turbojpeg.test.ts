import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { findTurbojpeg } from '../../../src/imaging/find-turbojpeg.js';

describe('findTurbojpeg()', () => {
  const folder = mkdtempSync(join(tmpdir(), 'turbojpeg-'));
  after(() => rmSync(folder, { recursive: true }));

  it('is undefined when no directory has it', () => {
    assert.equal(findTurbojpeg([join(folder, 'missing'), folder]), undefined);
  });

  it('gives the path in the first directory that has it', () => {
    const path = join(folder, 'libturbojpeg.so.0');
    writeFileSync(path, 'no library');
    assert.equal(findTurbojpeg([join(folder, 'missing'), folder]), path);
  });
});
