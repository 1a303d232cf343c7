// From what a result carries to what is looked at: overlay, pair, original or mask, drawn on a canvas.

import { context2d } from './dom.js';

/**
 * @typedef {import('./live.js').Result} Result
 * @typedef {'overlay' | 'pair' | 'original' | 'mask'} View
 * @typedef {{ width: number, height: number }} Size
 * @typedef {Size & { image: HTMLImageElement, x: number }} Part what of a picture is drawn: it begins at column `x`
 */

/** Fraction of the colour in a region; its outline has all of it. */
const TINT = 0.35;
const DEFECT = [255, 59, 48];
const BOX = '#ffc233';

/**
 * The views that a result can be shown in, the best first.
 * @param {Result} result
 * @returns {View[]}
 */
export function viewsOf({ picture, render, original, measures }) {
  if (!picture) return [];
  // Objects are placed in the original: where it lies in the pair, perhaps between borders, the page cannot know.
  if (hasObjects(measures) && !original)
    return render === 'pair' ? ['pair', 'mask'] : [render === 'overlay' ? render : 'mask'];
  if (render === 'pair') return ['overlay', 'pair', 'original', 'mask'];
  if (render === 'overlay') return original ? ['overlay', 'original'] : ['overlay'];
  return original ? ['overlay', 'original', 'mask'] : ['mask'];
}

/**
 * @param {string} url
 * @returns {Promise<HTMLImageElement>} decoded; rejects when there is none
 */
export async function loadPicture(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {View} view
 * @typedef {HTMLImageElement} Picture
 * @param {{ result: Result, processed: Picture, original: Picture | undefined, maxSide: number }} pictures
 *   `original` at its own size; without it the pair's left half, drawn in the original's proportions, stands for it.
 *   `maxSide` is the longest side of the canvas.
 */
export function drawView(canvas, view, { result, processed, original, maxSide }) {
  const whole = { image: processed, x: 0, width: processed.naturalWidth, height: processed.naturalHeight };
  const half = { ...whole, width: whole.width / 2 };
  const isPair = result.render === 'pair';
  const base = original
    ? { image: original, x: 0, width: original.naturalWidth, height: original.naturalHeight }
    : half;
  const mask = isPair ? { ...half, x: half.width } : whole;
  if (view === 'pair' || view === result.render) paint(canvas, whole, fit(whole, maxSide));
  else paint(canvas, view === 'mask' ? mask : base, fit(result.measures, maxSide));
  if (view !== 'overlay' || result.render === 'overlay') return;
  const context = context2d(canvas);
  if (hasObjects(result.measures)) {
    drawObjects(context, result.measures);
    return;
  }
  context.imageSmoothingEnabled = false;
  context.drawImage(toTint(mask), 0, 0, canvas.width, canvas.height);
  drawBoxes(context, result.measures.regions, mask);
}

/**
 * @param {Size} size
 * @param {number} maxSide
 */
function fit({ width, height }, maxSide) {
  const scale = Math.min(1, maxSide / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Part} part
 * @param {Size} [size]
 */
function paint(canvas, { image, x, width, height }, size = { width, height }) {
  canvas.width = size.width;
  canvas.height = size.height;
  context2d(canvas).drawImage(image, x, 0, width, height, 0, 0, size.width, size.height);
}

/**
 * The mask as colour: its white translucent, the border of it opaque, its black clear.
 * @param {Part} mask
 */
function toTint(mask) {
  const canvas = document.createElement('canvas');
  paint(canvas, mask);
  const context = context2d(canvas);
  const { width, height } = canvas;
  const pixels = context.getImageData(0, 0, width, height);
  const { data } = pixels;
  const white = Uint8Array.from({ length: width * height }, (_, i) => ((data[4 * i] ?? 0) > 127 ? 1 : 0));
  for (let i = 0, y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, i += 1) {
      const isInside =
        x > 0 &&
        y > 0 &&
        x < width - 1 &&
        y < height - 1 &&
        white[i - 1] &&
        white[i + 1] &&
        white[i - width] &&
        white[i + width];
      data.set(DEFECT, 4 * i);
      data[4 * i + 3] = white[i] ? (isInside ? TINT * 255 : 255) : 0;
    }
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Result['measures']['regions']} regions
 * @param {Size} mask
 */
function drawBoxes(context, regions, mask) {
  const { width, height } = context.canvas;
  const toX = width / mask.width;
  const toY = height / mask.height;
  const line = Math.max(1, Math.round(Math.max(width, height) / 300));
  context.lineWidth = line;
  context.strokeStyle = BOX;
  for (const { x, y, width: w, height: h } of regions) {
    context.strokeRect(x * toX - line, y * toY - line, w * toX + 2 * line, h * toY + 2 * line);
  }
}

/**
 * Whether regions are objects of a detector: these have a class, and lie in pixels of the picture.
 * @param {Pick<Result['measures'], 'regions'>} measures
 */
export function hasObjects({ regions }) {
  return regions.some((region) => region.class !== undefined);
}

/**
 * Boxes with name and score; the most certain ones end on top.
 * @param {CanvasRenderingContext2D} context
 * @param {Result['measures']} measures
 */
function drawObjects(context, { regions, width, height }) {
  const { canvas } = context;
  const toX = canvas.width / width;
  const toY = canvas.height / height;
  const line = Math.max(1, Math.round(Math.max(canvas.width, canvas.height) / 300));
  const letters = Math.max(11, Math.round(Math.max(canvas.width, canvas.height) / 70));
  context.lineWidth = line;
  context.font = `${letters}px system-ui, sans-serif`;
  context.textBaseline = 'top';
  for (const region of [...regions].reverse()) {
    const [left, top] = [region.x * toX, region.y * toY];
    context.strokeStyle = BOX;
    context.strokeRect(left - line / 2, top - line / 2, region.width * toX + line, region.height * toY + line);
    const text = `${region.class ?? ''} ${(region.score ?? 0).toFixed(2)}`;
    const labelWidth = context.measureText(text).width + letters / 2;
    const labelHeight = letters * 1.3;
    const x = Math.max(0, Math.min(left, canvas.width - labelWidth));
    const y = top >= labelHeight ? top - labelHeight : top;
    context.fillStyle = BOX;
    context.fillRect(x, y, labelWidth, labelHeight);
    context.fillStyle = '#000';
    context.fillText(text, x + letters / 4, y + letters * 0.15);
  }
}
