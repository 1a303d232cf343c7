import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crossCheckContours } from '../../src/pool/one-shots.js';
import type { CountedMasks } from '../../src/worker/protocol/one-shot.js';

const PATIENT = { timeoutFactor: 1 };
/** A ring with a dot in it, and a dot beside it: the ring has an inner contour as well. */
const RING = `
  .......#.
  #####....
  #...#....
  #.#.#....
  #...#....
  #####....
`;

function counted(contours: number, ofCrack: number): CountedMasks {
  const mask = Uint8Array.from(RING.replace(/\s/g, ''), (character) => (character === '#' ? 255 : 0));
  const black = new Uint8Array(mask.length);
  return {
    width: 9,
    height: 6,
    masks: [
      { name: 'the whole mask', mask, contours },
      { name: 'the mask of crack', mask: black, contours: ofCrack },
    ],
  };
}

/** A thread of these lines. */
const thread = (code: string) => new URL(`data:text/javascript,${encodeURIComponent(code)}`);

describe('crossCheckContours()', () => {
  it('takes the counts that OpenCV finds too', async () => {
    await crossCheckContours(counted(4, 0), PATIENT);
  });

  it('refuses another count', async () => {
    await assert.rejects(crossCheckContours(counted(3, 0), PATIENT), {
      code: 'ERR_SELF_TEST',
      message:
        'Cannot trust the count of contours as OpenCV must find the same in the whole mask of the self-test: 3 were counted, OpenCV finds 4',
    });
  });

  it('refuses another count of a class', async () => {
    await assert.rejects(crossCheckContours(counted(4, 1), PATIENT), {
      code: 'ERR_SELF_TEST',
      message: /in the mask of crack of the self-test: 1 were counted, OpenCV finds 0$/,
    });
  });

  it('counts nothing when nobody wants to know any more', async () => {
    const signal = AbortSignal.abort();
    await assert.rejects(crossCheckContours(counted(4, 0), { ...PATIENT, signal }), /the service stops/);
  });

  it('says what OpenCV says when it fails', async () => {
    await assert.rejects(crossCheckContours({ ...counted(4, 0), width: 10 }, PATIENT), {
      code: 'ERR_SELF_TEST',
      message: /Cannot check the count of contours as .*: Cannot count contours as the mask must have 60 pixels: 54/,
    });
  });

  it('refuses a thread that cannot load', async () => {
    const failed = crossCheckContours(counted(4, 0), {
      entry: thread('throw new Error("no wasm\\nRequire stack: …")'),
      ...PATIENT,
    });
    await assert.rejects(failed, { code: 'ERR_SELF_TEST', message: /: no wasm$/ });
  });

  it('refuses a thread that ends without a word', async () => {
    const failed = crossCheckContours(counted(4, 0), { entry: thread('process.exit(7)'), ...PATIENT });
    await assert.rejects(failed, { code: 'ERR_SELF_TEST', message: /: its thread ended with code 7$/ });
  });

  it('refuses a thread whose memory is not enough', async () => {
    const hoards = 'const all = []; for (;;) all.push(new Array(1e5).fill(0));';
    const failed = crossCheckContours(counted(4, 0), { entry: thread(hoards), ...PATIENT });
    await assert.rejects(failed, { code: 'ERR_SELF_TEST', message: /memory limit/ });
  });

  it('cuts a thread that hangs', async () => {
    const failed = crossCheckContours(counted(4, 0), { entry: thread('for (;;);'), timeoutFactor: 2, timeoutMs: 50 });
    await assert.rejects(failed, { code: 'ERR_SELF_TEST', message: /: it took longer than 0.1 s$/ });
  });

  it('cuts the thread when nobody waits any more', async () => {
    const stopping = new AbortController();
    const cut = crossCheckContours(counted(4, 0), {
      entry: thread('for (;;);'),
      ...PATIENT,
      signal: stopping.signal,
    });
    stopping.abort();
    await assert.rejects(cut, { code: 'ERR_SELF_TEST', message: /: the service stops$/ });
  });
});
