/** From a decoded picture to the bound input tensor, as the model's settings say. Buffers are made once and reused. */

import type { Rectangle, Size } from '../domain/size.js';
import type { Port } from '../engine/engine.js';
import { channelsOf, layoutOf, sizeOf } from '../engine/ports.js';
import type { DecodedImage, DecodedPlanes, Shrink } from '../imaging/codec.js';
import type { ModelSettings } from '../model/settings.js';
import { ServiceError } from '../std/errors.js';
import type { Image } from '../vision/image.js';
import { placePicture, shorterEdgeCrop } from '../vision/letterbox.js';
import { type ChannelNormalisation, channelValue, createTensorWriter, type Rows } from '../vision/normalise.js';
import type { PixelOps } from '../vision/pixel-ops.js';
import { isPlanes, type Planes } from '../vision/planes.js';
import { createScratch } from '../vision/scratch.js';

/** A picture as the model sees it. */
export interface PlacedPicture {
  /** At the model's size, B G R or grey, border included; valid until the next picture. */
  readonly resized: Image;
  /** The part of the picture that the model sees, in the picture's pixels. */
  readonly seen: Rectangle;
  /** Where it lies at the model's size. */
  readonly content: Rectangle;
}

export type InputWriter = (picture: DecodedImage | DecodedPlanes, tensor: Uint8Array | Float32Array) => PlacedPicture;

/** @throws {ServiceError} ERR_MODEL_CONTRACT when the input cannot take what the settings ask for */
export function createInputWriter(input: Port, settings: ModelSettings, pixels: PixelOps): InputWriter {
  const { width, height } = sizeOf(input);
  const write = tensorWriterOf(input, settings, pixels);
  const { resizeType, padValue } = settings;
  const hasBorder = resizeType.startsWith('fit_to_window');
  if (resizeType.endsWith('crop') && width !== height) {
    throw refused(`resizeType ${resizeType} needs a square input, not ${width}×${height}`);
  }
  const colour: Image = { width, height, channels: 3, data: pixels.allocate(width * height * 3) };
  const grey: Image = { width, height, channels: 1, data: pixels.allocate(width * height) };
  const cropped = createScratch();
  /** A picture between borders; as large as it can be. */
  const fitted = pixels.allocate(hasBorder ? width * height * 3 : 0);
  const resize = resizeOf(settings, pixels);
  /** Where the last picture lies in it: around that its border is as it has to be. */
  const contents = new Map<Image, Rectangle>();
  /** The same of tensors, and what was written into them. */
  const written = new WeakMap<Uint8Array | Float32Array, { readonly resized: Image; readonly content: Rectangle }>();

  function placeBetweenBorders(picture: Image | Planes, resized: Image, content: Rectangle): void {
    const last = contents.get(resized);
    if (last === undefined || !isSame(last, content)) pixels.fill(resized.data, padValue);
    contents.set(resized, content);
    const { channels } = resized;
    const size = sizeInBytes(content, resized);
    if (content.width < width) {
      const inner = { ...content, channels, data: fitted.subarray(0, size) };
      resize(picture, inner);
      copyRows(inner, 0, resized, content);
      return;
    }
    // Its rows are those of the input: resized to their place. Whole vectors are written, so a little more than that.
    const start = content.y * width * channels;
    resize(picture, { ...content, channels, data: resized.data.subarray(start, start + size) });
    resized.data.fill(padValue, start + size, Math.min(start + size + VECTOR_BYTES, resized.data.length));
  }

  /** What the model sees of a picture that covers its whole input. */
  function visible(picture: DecodedImage | DecodedPlanes): Image | Planes {
    if (isPlanes(picture)) return picture;
    return part(picture, placePicture(resizeType, picture, { width, height }).seen, cropped.take);
  }

  return (picture, tensor) => {
    if (isPlanes(picture) && !readsPlanes(settings))
      throw new Error('Cannot take planes as the model sees other pixels');
    const fullSize = picture.fullSize ?? picture;
    const { seen, content } = placePicture(resizeType, fullSize, { width, height });
    const resized = isPlanes(picture) || picture.channels === 3 ? colour : grey;
    if (resizeType === 'shorter_edge_crop' && !isPlanes(picture)) {
      const { scaled, crop } = shorterEdgeCrop(fullSize, width);
      pixels.resizeAntialiased(picture, scaled, crop, resized);
    } else if (content.width === width && content.height === height) {
      resize(visible(picture), resized);
      contents.delete(resized);
    } else {
      placeBetweenBorders(picture, resized, content);
    }
    const last = written.get(tensor);
    const isBorderThere = last !== undefined && last.resized === resized && isSame(last.content, content);
    write(resized, tensor, isBorderThere ? content : { y: 0, height });
    written.set(tensor, { resized, content });
    return { resized, seen, content };
  };
}

const VECTOR_BYTES = 16;

const SHRINKS = [8, 4, 2] as const satisfies readonly Shrink[];

/**
 * By how much a picture may be made smaller while it is decoded: what the model sees of it stays at or above the model's size.
 * Undefined: pictures are decoded as they are.
 */
export function shrinkOf(input: Port, { decode, resizeType }: ModelSettings): ((upright: Size) => Shrink) | undefined {
  if (decode === 'exact') return undefined;
  const { width, height } = sizeOf(input);
  return (upright) => {
    const { seen, content } = placePicture(resizeType, upright, { width, height });
    const isEnough = (shrink: Shrink) =>
      Math.floor(seen.width / shrink) >= content.width && Math.floor(seen.height / shrink) >= content.height;
    return SHRINKS.find(isEnough) ?? 1;
  };
}

/** Colours where the resize looks cost less than those of the whole picture from so many of its pixels on, for one of the model's. */
const PIXELS_FOR_PLANES = 12;

/** Whether the resize reads single pixels of the whole picture. */
function readsPlanes({ interpolation, resizeType }: ModelSettings): boolean {
  return interpolation !== 'area' && resizeType !== 'crop' && resizeType !== 'shorter_edge_crop';
}

/** Which pictures, by their size, had better stay in planes. Undefined: none. */
export function planesOf(
  input: Port,
  settings: ModelSettings,
  pixels: PixelOps,
): ((picture: Size) => boolean) | undefined {
  if (!readsPlanes(settings) || pixels.name === 'plain') return undefined;
  return (picture) => {
    const { content } = placePicture(settings.resizeType, picture, sizeOf(input));
    return picture.width * picture.height >= PIXELS_FOR_PLANES * content.width * content.height;
  };
}

/** @throws {ServiceError} ERR_MODEL_CONTRACT for settings that do not go together */
function resizeOf(
  { interpolation, decode, resizeType }: ModelSettings,
  pixels: PixelOps,
): (source: Image | Planes, target: Image) => void {
  const isAlwaysArea = resizeType === 'shorter_edge_crop';
  if (isAlwaysArea && interpolation === 'linear') {
    throw refused(
      'resizeType shorter_edge_crop looks at all pixels: interpolation must be area or left out, not linear',
    );
  }
  if (decode === 'scaled' && interpolation !== 'area' && !isAlwaysArea) {
    throw refused(`decode scaled needs interpolation area: it is ${interpolation ?? 'linear'}`);
  }
  return (source, target) => {
    if (isPlanes(source)) return pixels.resizePlanes(source, target);
    if (interpolation !== 'area') return pixels.resize(source, target);
    const { width, height } = target;
    pixels.resizeAntialiased(source, { width, height }, { x: 0, y: 0, width, height }, target);
  };
}

/** @param rows that differ from those of the last picture: a writer may leave the others as they are */
type RowsWriter = (image: Image, tensor: Uint8Array | Float32Array, rows: Rows) => void;

/** The plain way is a copy; everything else goes by tables. */
function tensorWriterOf(input: Port, settings: ModelSettings, pixels: PixelOps): RowsWriter {
  const layout = layoutOf(input);
  if (layout === undefined) throw refused(`its input must be a picture: [${input.shape.join(',')}]`);
  const { reverseInputChannels: reverse, meanValues: mean, scaleValues: scale } = settings;
  const channels = channelsOf(input);
  const isNormalised = mean.some((value) => value !== 0) || scale.some((value) => value !== 1);
  if (isNormalised && input.elementType === 'u8') {
    throw refused(
      `meanValues and scaleValues need an f32 input: it is u8, with mean [${mean.join(', ')}] and scale [${scale.join(', ')}]`,
    );
  }
  for (const [name, values] of Object.entries({ meanValues: mean, scaleValues: scale })) {
    if (![0, 1, channels].includes(values.length)) {
      throw refused(`${name} must have one number or one for each of ${channels} channels: [${values.join(', ')}]`);
    }
  }
  if (scale.includes(0)) throw refused(`scaleValues must not be 0: [${scale.join(', ')}]`);
  if (channels === 3 && !reverse && !isNormalised) return (image, tensor) => pixels.writeTensor(image, layout, tensor);
  const general = createTensorWriter({ layout, channels, reverse, mean, scale });
  if (channels === 1 || layout === 'NHWC') return general;
  const each = (values: readonly number[], otherwise: number) =>
    [0, 1, 2].map((channel) => channelValue(values, channel, otherwise)) as unknown as ChannelNormalisation['mean'];
  const normalisation = { reverse, mean: each(mean, 0), scale: each(scale, 1) };
  return (image, tensor, rows) => {
    if (image.channels === 3 && tensor instanceof Float32Array) {
      pixels.writeNormalised(image, normalisation, tensor, rows);
    } else general(image, tensor);
  };
}

/** The picture itself when nothing is cut off. */
function part(picture: Image, seen: Rectangle, take: (bytes: number) => Uint8Array): Image {
  if (seen.width === picture.width && seen.height === picture.height) return picture;
  const { channels } = picture;
  const out: Image = { ...seen, channels, data: take(sizeInBytes(seen, picture)) };
  const row = seen.width * channels;
  for (let y = 0; y < seen.height; y++) {
    const from = ((seen.y + y) * picture.width + seen.x) * channels;
    out.data.set(picture.data.subarray(from, from + row), y * row);
  }
  return out;
}

function copyRows(source: Image, from: number, target: Image, { x, y, width, height }: Rectangle): void {
  const row = width * source.channels;
  for (let i = 0; i < height; i++) {
    const at = ((y + i) * target.width + x) * target.channels;
    target.data.set(source.data.subarray(from + i * row, from + (i + 1) * row), at);
  }
}

function isSame(a: Rectangle, b: Rectangle): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}

function sizeInBytes({ width, height }: Rectangle, { channels }: Image): number {
  return width * height * channels;
}

function refused(reason: string): ServiceError {
  return new ServiceError('ERR_MODEL_CONTRACT', `Cannot use the model as ${reason}`);
}
