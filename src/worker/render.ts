/** From a prediction to the picture that people look at. Buffers of the model's size are made once and reused. */

import type { PictureType, RenderKind } from '../domain/rule.js';
import type { Codec } from '../imaging/codec.js';
import { assertNever, ServiceError } from '../std/errors.js';
import type { Image } from '../vision/image.js';
import type { ObjectMarks } from '../vision/object-overlay.js';
import type { Marks } from '../vision/overlay.js';
import type { PixelOps } from '../vision/pixel-ops.js';
import { createScratch } from '../vision/scratch.js';
import type { Prediction } from './prediction.js';

export interface RenderedPicture {
  readonly bytes: Uint8Array;
  readonly type: PictureType;
}

export interface Renderer {
  /**
   * Each kind once; `none` has no picture. Must come before the next picture is decoded. ERR_RESULT_TOO_LARGE takes the
   * place of a picture that has more pixels on a side than a JPEG can: other kinds are rendered all the same.
   */
  render(
    prediction: Prediction,
    kinds: ReadonlySet<RenderKind>,
  ): Promise<ReadonlyMap<RenderKind, RenderedPicture | ServiceError>>;
}

/** JPEG_MAX_DIMENSION of libjpeg. */
const MAX_JPEG_SIDE = 65_500;

/** The mask where the picture lies in it; the border that a model with a letterbox has is no part of the picture. */
function withoutBorder({ mask, measures, seen, content }: Prediction, rowLength: number): Marks {
  const { x, y, width, height } = content;
  if (width * height === mask.length) return { mask, width, height, regions: measures.regions, seen };
  const inner = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    const start = (y + row) * rowLength + x;
    inner.set(mask.subarray(start, start + width), row * width);
  }
  const regions = measures.regions.map((region) => ({ ...region, x: region.x - x, y: region.y - y }));
  return { mask: inner, width, height, regions, seen };
}

/** The classes that hold, with their probabilities. */
function classCaptions({ measures }: Prediction): readonly string[] {
  const { classes = {}, defects = {} } = measures;
  const holding = Object.entries(classes).filter(([name]) => defects[name] === 1);
  return holding.map(([name, probability]) => `${name} ${probability.toFixed(2)}`);
}

function objectMarks({ measures, masks, seen, content }: Prediction): ObjectMarks {
  const { regions } = measures;
  if (masks === undefined) return { regions };
  const isOfInput = masks.space === 'input';
  const [scaleX, scaleY] = [content.width / seen.width, content.height / seen.height];
  const toX = (x: number) => (isOfInput ? Math.floor((x - seen.x + 0.5) * scaleX) + content.x : x);
  const toY = (y: number) => (isOfInput ? Math.floor((y - seen.y + 0.5) * scaleY) + content.y : y);
  const maskOf = (index: number) => {
    const patch = masks.read(index);
    return (x: number, y: number) => {
      const [column, row] = [toX(x) - patch.x, toY(y) - patch.y];
      const isInside = column >= 0 && row >= 0 && column < patch.width && row < patch.height;
      return isInside && patch.data[row * patch.width + column] !== 0;
    };
  };
  return { regions, maskOf };
}

/** @param size of the model's input */
export function createRenderer(
  { codec, pixels }: { readonly codec: Codec; readonly pixels: PixelOps },
  { width, height }: Pick<Image, 'width' | 'height'>,
): Renderer {
  const pair: Image = { width: 2 * width, height, channels: 3, data: pixels.allocate(2 * width * height * 3) };
  const overlayPixels = createScratch();

  async function overlay(prediction: Prediction): Promise<Image | ServiceError> {
    const { picture } = prediction;
    if (Math.max(picture.width, picture.height) > MAX_JPEG_SIDE) {
      return new ServiceError(
        'ERR_RESULT_TOO_LARGE',
        `Cannot draw the overlay as a JPEG has <= ${MAX_JPEG_SIDE} pixels on a side: the picture is ${picture.width}×${picture.height}`,
      );
    }
    const data = overlayPixels.take(3 * picture.width * picture.height);
    const out: Image = { width: picture.width, height: picture.height, channels: 3, data };
    await draw(prediction, await prediction.wholePicture(), out);
    return out;
  }

  /** Loads what it draws with when something is to be drawn: most services draw nothing but pairs. */
  async function draw(prediction: Prediction, picture: Image, out: Image): Promise<void> {
    const { task, measures } = prediction;
    switch (task) {
      case 'segmentation':
        (await import('../vision/overlay.js')).writeOverlay(picture, withoutBorder(prediction, width), out);
        break;
      case 'detection':
      case 'instance-segmentation':
        (await import('../vision/object-overlay.js')).writeObjectOverlay(picture, objectMarks(prediction), out);
        break;
      case 'classification':
        (await import('../vision/object-overlay.js')).writeCaptions(picture, classCaptions(prediction), out);
        break;
      case 'anomaly-score':
        (await import('../vision/object-overlay.js')).writeCaptions(
          picture,
          [`score ${measures.score.toFixed(2)}`],
          out,
        );
        break;
      default:
        assertNever(task);
    }
  }

  return {
    async render(prediction, kinds) {
      const rendered = new Map<RenderKind, RenderedPicture | ServiceError>();
      // First: the decoded picture is the codec's, and valid until the codec is called again.
      const drawn = kinds.has('overlay') ? await overlay(prediction) : undefined;
      if (drawn instanceof ServiceError) rendered.set('overlay', drawn);
      else if (drawn) rendered.set('overlay', { bytes: await codec.encodeJpeg(drawn), type: 'image/jpeg' });
      if (kinds.has('pair')) {
        pixels.writePair(prediction.resized, prediction.mask, pair);
        rendered.set('pair', { bytes: await codec.encodeJpeg(pair), type: 'image/jpeg' });
      }
      if (kinds.has('mask')) {
        const { encodeMaskPng } = await import('../imaging/mask-png.js');
        rendered.set('mask', { bytes: await encodeMaskPng(prediction.mask, width, height), type: 'image/png' });
      }
      return rendered;
    },
  };
}
