import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Inspection } from '../../../src/domain/inspection.js';
import { createResultMemory } from '../../../src/worker/result-memory.js';
import { anInspection } from '../../support/builders.js';

const LARGE = 20_000;

function inspectionOf(...payloads: Uint8Array[]): Inspection {
  return anInspection({ results: payloads.map((payload) => ({ rule: 'r', ok: true, payload })) });
}

describe('createResultMemory()', () => {
  it('uses the memory of all results of an inspection again once that is released', () => {
    const memory = createResultMemory();
    const payloads = [memory.allocate(LARGE), memory.allocate(LARGE)];
    memory.lend(7, inspectionOf(...payloads));
    memory.release([7]);
    const again = [memory.allocate(LARGE), memory.allocate(LARGE)];
    assert.deepEqual(new Set(again.map(({ buffer }) => buffer)), new Set(payloads.map(({ buffer }) => buffer)));
  });

  it('uses none of it before then, nor when another one is released', () => {
    const memory = createResultMemory();
    const payload = memory.allocate(LARGE);
    memory.lend(7, inspectionOf(payload));
    memory.release([8]);
    assert.notEqual(memory.allocate(LARGE).buffer, payload.buffer);
  });

  for (const size of [1_000, 9_000_000]) {
    it(`gives a result of ${size} bytes memory that can be transferred whole`, () => {
      const { buffer, byteLength } = createResultMemory().allocate(size);
      assert.ok(buffer instanceof ArrayBuffer);
      assert.equal(buffer.byteLength, byteLength);
    });
  }
});
