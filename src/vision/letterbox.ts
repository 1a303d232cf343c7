/** Which part of the model's input a picture covers. */
import type { Rectangle, Size } from '../domain/size.js';
import { roundHalfEven } from './rounding.js';

export interface Placement {
  /** The part of the picture that the model sees, in the picture's pixels. */
  readonly seen: Rectangle;
  /** The part of the input that it covers, in the model's pixels; the rest is border. */
  readonly content: Rectangle;
}

export type PlacementKind =
  | 'standard'
  | 'fit_to_window'
  | 'fit_to_window_letterbox'
  | 'fit_to_window_floor'
  | 'crop'
  | 'shorter_edge_crop';

/**
 * `standard` stretches; `fit_to_window` keeps the picture's proportions and puts it into the upper left corner,
 * `fit_to_window_letterbox` into the middle, both rounding to the even neighbour at one half, as Python's `round`;
 * `fit_to_window_floor` puts it into the corner and cuts off fractions. `crop` takes the middle of the picture in the
 * input's proportions and stretches it, `shorter_edge_crop` makes the shorter edge as long as the input and takes the
 * middle of that; both for a square input only.
 * @see resize_image_letterbox_ocv and crop_resize_ocv of OpenVINO's Model API
 * @throws {RangeError} for a crop to an input that is not square: Model API has width and height confused there
 */
export function placePicture(kind: PlacementKind, picture: Size, input: Size): Placement {
  const whole = { x: 0, y: 0, width: picture.width, height: picture.height };
  const all = { x: 0, y: 0, width: input.width, height: input.height };
  if (kind === 'standard') return { seen: whole, content: all };
  if (kind === 'crop' || kind === 'shorter_edge_crop') {
    if (input.width !== input.height) throw new RangeError('Cannot crop as the input must be square');
  }
  if (kind === 'shorter_edge_crop')
    return { seen: seenOf(shorterEdgeCrop(picture, input.width), picture), content: all };
  if (kind === 'crop') {
    const side = Math.min(picture.width, picture.height);
    const x = Math.floor((picture.width - side) / 2);
    const y = Math.floor((picture.height - side) / 2);
    return { seen: { x, y, width: side, height: side }, content: all };
  }
  const scale = Math.min(input.width / picture.width, input.height / picture.height);
  const toPixels = kind === 'fit_to_window_floor' ? Math.floor : roundHalfEven;
  const width = clamp(toPixels(picture.width * scale), input.width);
  const height = clamp(toPixels(picture.height * scale), input.height);
  const isCentred = kind === 'fit_to_window_letterbox';
  const x = isCentred ? Math.floor((input.width - width) / 2) : 0;
  const y = isCentred ? Math.floor((input.height - height) / 2) : 0;
  return { seen: whole, content: { x, y, width, height } };
}

/** A picture whose shorter edge is as long as the input, and the square in its middle. */
export interface ShorterEdgeCrop {
  readonly scaled: Size;
  readonly crop: Rectangle;
}

/** @see Resize and CenterCrop of torchvision, as Ultralytics' classifiers use them */
export function shorterEdgeCrop({ width, height }: Size, side: number): ShorterEdgeCrop {
  const longer = Math.floor((side * Math.max(width, height)) / Math.min(width, height));
  const scaled = width <= height ? { width: side, height: longer } : { width: longer, height: side };
  const x = roundHalfEven((scaled.width - side) / 2);
  const y = roundHalfEven((scaled.height - side) / 2);
  return { scaled, crop: { x, y, width: side, height: side } };
}

/** The crop in pixels of the picture. */
function seenOf({ scaled, crop }: ShorterEdgeCrop, picture: Size): Rectangle {
  const [scaleX, scaleY] = [picture.width / scaled.width, picture.height / scaled.height];
  const x = Math.floor(crop.x * scaleX);
  const y = Math.floor(crop.y * scaleY);
  const width = Math.min(Math.round(crop.width * scaleX), picture.width - x);
  const height = Math.min(Math.round(crop.height * scaleY), picture.height - y);
  return { x, y, width, height };
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(value, 1), most);
}
