import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { drawText, textSize } from '../../../src/vision/draw.js';
import type { Image } from '../../../src/vision/image.js';

/** White letters on black, as rows of text. */
function written(text: string, scale = 1): string[] {
  const { width, height } = textSize(text, scale);
  const image: Image = { width, height, channels: 3, data: new Uint8Array(3 * width * height) };
  drawText(image, text, { x: 0, y: 0, scale, colour: [255, 255, 255] });
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => (image.data[3 * (y * width + x)] === 0 ? '.' : '#')).join(''),
  );
}

describe('drawText()', () => {
  it('draws letters of five by seven squares, one square apart', () => {
    assert.deepEqual(written('T1'), [
      '#####...#..',
      '..#....##..',
      '..#.....#..',
      '..#.....#..',
      '..#.....#..',
      '..#.....#..',
      '..#....###.',
    ]);
  });

  it('draws every square as large as it is told', () => {
    const [small, large] = [written('a'), written('a', 3)];
    assert.deepEqual(
      small.map((row) => row.replace(/./g, '$&$&$&')),
      large.filter((_, y) => y % 3 === 0),
    );
  });

  it('draws letters without their accents, and a question mark for what it has not', () => {
    assert.deepEqual([written('é'), written('¥')], [written('e'), written('?')]);
  });

  it('has a letter for everything that stands in names of classes but marks and other alphabets', () => {
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./+-'];
    assert.equal(new Set(letters.map((letter) => written(letter).join())).size, letters.length);
  });

  it('leaves out what lies outside of the picture', () => {
    const image: Image = { width: 2, height: 2, channels: 3, data: new Uint8Array(12) };
    drawText(image, 'M', { x: -3, y: -3, scale: 1, colour: [1, 1, 1] });
    assert.equal(image.data.length, 12);
  });
});
