import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCoco } from '../../../src/keep/coco.js';

/** `#` is white. */
function maskOf(...rows: readonly string[]) {
  const text = rows.join('');
  return {
    width: rows[0]?.length ?? 0,
    height: rows.length,
    data: Uint8Array.from(text, (c) => (c === '#' ? 255 : 0)),
  };
}

test('createCoco() makes an annotation of each region, with its box, area and runs down the columns', () => {
  const coco = createCoco();
  coco.add('a.jpg', maskOf('##..', '#..#', '...#'));
  const { images, annotations } = coco.result();
  assert.deepEqual(images, [{ id: 1, file_name: 'a.jpg', width: 4, height: 3 }]);
  assert.deepEqual(
    annotations.map(({ bbox, area, segmentation }) => [bbox, area, segmentation.counts]),
    [
      [[0, 0, 2, 2], 3, [0, 2, 1, 1, 8]],
      [[3, 1, 1, 2], 2, [10, 2]],
    ],
  );
});

test('createCoco() joins pixels that touch at a corner, and has clean pictures without annotations', () => {
  const coco = createCoco();
  coco.add('clean.jpg', maskOf('..', '..'));
  coco.add('b.jpg', maskOf('#.', '.#'));
  assert.deepEqual(
    coco.result().annotations.map(({ id, image_id, area }) => [id, image_id, area]),
    [[1, 2, 2]],
  );
});
