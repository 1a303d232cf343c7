/** The mask that people mend on the page. What would go wrong: a click takes more away than its region, or undo less back than the step. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { webFolder } from '../../../src/std/package-root.js';

interface MaskEdit {
  readonly white: Uint8Array;
  begin(): void;
  paint(from: Point, to: Point, radius: number, value: 0 | 1): unknown;
  removeRegion(x: number, y: number, reach: number): boolean;
  clear(): void;
  undo(): boolean;
  isChanged(): boolean;
  regions(): readonly { readonly x: number; readonly y: number; readonly pixels: number; readonly at: Point }[];
  runs(): readonly number[];
}
interface Point {
  readonly x: number;
  readonly y: number;
}

const { createMaskEdit } = (await import(join(webFolder, 'mask-edit.js'))) as {
  readonly createMaskEdit: (width: number, height: number, white: Uint8Array) => MaskEdit;
};

/** `#` is white. */
function editOf(...rows: readonly string[]): MaskEdit {
  const white = Uint8Array.from(rows.join(''), (c) => (c === '#' ? 1 : 0));
  return createMaskEdit(rows[0]?.length ?? 0, rows.length, white);
}

const shown = ({ white }: MaskEdit, width: number) =>
  Buffer.from(white.map((value) => (value === 1 ? 35 : 46)))
    .toString()
    .match(new RegExp(`.{${width}}`, 'g'));

describe('createMaskEdit()', () => {
  it('takes away the region that was clicked, corners included, and no other', () => {
    const edit = editOf('#..#', '.#..', '..##');
    assert.equal(edit.removeRegion(0, 0, 0), true);
    assert.deepEqual(shown(edit, 4), ['...#', '....', '....']);
  });

  it('finds the region near a click, and says when there is none', () => {
    const edit = editOf('.....#', '......');
    assert.equal(edit.removeRegion(1, 1, 2), false);
    assert.equal(edit.isChanged(), false);
    assert.equal(edit.removeRegion(3.4, 0.6, 3), true);
  });

  it('paints a stroke, and takes it back with one step', () => {
    const edit = editOf('......', '......', '......');
    edit.begin();
    edit.paint({ x: 1, y: 1 }, { x: 4, y: 1 }, 0.5, 1);
    assert.deepEqual(shown(edit, 6), ['......', '.####.', '......']);
    assert.equal(edit.undo(), true);
    assert.deepEqual([edit.isChanged(), edit.undo(), edit.white.includes(1)], [false, false, false]);
  });

  it('erases, clears, and stays within the picture', () => {
    const edit = editOf('###', '###');
    edit.begin();
    edit.paint({ x: -5, y: 0 }, { x: 0, y: 0 }, 1, 0);
    assert.deepEqual(shown(edit, 3), ['..#', '.##']);
    edit.clear();
    assert.equal(edit.white.includes(1), false);
  });

  it('lists regions, the largest first, each with a pixel to remove it by', () => {
    const edit = editOf('#...', '..##', '..##');
    const [large, small] = edit.regions();
    assert.deepEqual([large?.pixels, large?.x, large?.y, small?.pixels], [4, 2, 1, 1]);
    edit.removeRegion(large?.at.x ?? 0, large?.at.y ?? 0, 0);
    assert.deepEqual(shown(edit, 4), ['#...', '....', '....']);
  });

  it('gives runs that begin with black', () => {
    assert.deepEqual(editOf('##', '.#').runs(), [0, 2, 1, 1]);
    assert.deepEqual(editOf('..', '..').runs(), [4]);
  });
});
