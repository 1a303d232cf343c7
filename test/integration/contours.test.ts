import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { type ContoursThread, startContoursThread } from '../../src/pool/contours-thread.js';
import { type Contours, createContours } from '../../src/worker/contours.js';
import { toWire } from '../../src/worker/protocol.js';
import { ServiceError } from '../../src/errors.js';

const ENTRY = new URL('../../src/worker/contours-entry.js', import.meta.url);
// A ring with a dot in it, and a dot beside it: the ring has an inner contour as well.
const [WIDTH, HEIGHT] = [9, 6];
const MASK = sharedMask(`
  .......#.
  #####....
  #...#....
  #.#.#....
  #...#....
  #####....
`);
/** cv2.findContours(mask, RETR_TREE, CHAIN_APPROX_SIMPLE) of OpenCV 4.7.0. */
const CONTOURS = 4;

const ways = {
  'by the shared thread': (thread: ContoursThread) => createContours(thread.connect()),
  'by an OpenCV of its own': () => createContours(undefined),
};

describe('contours', () => {
  let thread: ContoursThread;
  const deaths: Error[] = [];
  before(() => {
    thread = startContoursThread(ENTRY, (cause) => deaths.push(cause));
  });
  after(() => thread.close());

  for (const [way, create] of Object.entries(ways)) {
    describe(way, () => {
      let contours: Contours;
      before(() => {
        contours = create(thread);
      });
      after(() => contours.close());

      it('counts outer and inner contours', async () => {
        assert.equal(await contours.count(MASK, WIDTH, HEIGHT), CONTOURS);
      });

      it('counts none in a black mask', async () => {
        assert.equal(await contours.count(sharedMask('....\n....'), 4, 2), 0);
      });
    });
  }

  it('counts for several workers at once', async () => {
    const workers = [1, 2, 3].map(() => createContours(thread.connect()));
    const counts = await Promise.all(workers.map((worker) => worker.count(MASK, WIDTH, HEIGHT)));
    assert.deepEqual(counts, [CONTOURS, CONTOURS, CONTOURS]);
    for (const worker of workers) worker.close();
  });

  it('hands on what OpenCV says when it fails', async () => {
    const { port1, port2 } = new MessageChannel();
    const fault = new ServiceError('ERR_INFERENCE', 'Cannot segment the output as OpenCV failed');
    port2.on('message', () => port2.postMessage({ error: toWire(fault) }));
    const contours = createContours(port1);
    await assert.rejects(contours.count(MASK, WIDTH, HEIGHT), { code: 'ERR_INFERENCE', message: fault.message });
    contours.close();
  });

  it('counts by itself when the thread dies over a mask', async () => {
    const { port1, port2 } = new MessageChannel();
    port2.on('message', () => port2.close());
    const contours = createContours(port1);
    assert.equal(await contours.count(MASK, WIDTH, HEIGHT), CONTOURS);
    assert.equal(await contours.count(MASK, WIDTH, HEIGHT), CONTOURS);
    contours.close();
  });

  it('counts by itself when the thread is silent', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { port1 } = new MessageChannel();
    const contours = createContours(port1);
    const counted = contours.count(MASK, WIDTH, HEIGHT);
    context.mock.timers.tick(5_000);
    assert.equal(await counted, CONTOURS);
    contours.close();
  });

  it('gets a new thread for the next worker after a death, which it tells', async () => {
    let onDeath: (cause: Error) => void = () => undefined;
    const died = new Promise<Error>((resolve) => {
      onDeath = resolve;
    });
    const own = startContoursThread(ENTRY, onDeath);
    // A thread that is sent what is no port throws, and dies of it.
    own.connect().postMessage(undefined);
    assert.match((await died).message, /undefined/);
    const contours = createContours(own.connect());
    assert.equal(await contours.count(MASK, WIDTH, HEIGHT), CONTOURS);
    contours.close();
    await own.close();
  });
});

/** `#` is white. Rows are as long as the first. */
function sharedMask(drawing: string): Uint8Array {
  const pixels = drawing.replace(/\s/g, '');
  const mask = new Uint8Array(new SharedArrayBuffer(pixels.length));
  for (let i = 0; i < pixels.length; i++) mask[i] = pixels[i] === '#' ? 255 : 0;
  return mask;
}
