/** Where in the model's input a picture comes to lie. */
import type { Size } from '../domain/size.js';
import { roundHalfEven } from './rounding.js';

export interface Rectangle extends Size {
  readonly x: number;
  readonly y: number;
}

export interface Placement {
  /** The part of the picture that the model sees, in the picture's pixels. */
  readonly seen: Rectangle;
  /** Where it lies in the input, in the model's pixels; the rest is border. */
  readonly content: Rectangle;
}

export type PlacementKind = 'standard' | 'fit_to_window' | 'fit_to_window_letterbox' | 'crop';

/**
 * `standard` stretches; `fit_to_window` keeps the picture's proportions and puts it into the upper left corner,
 * `fit_to_window_letterbox` into the middle; `crop` takes the middle of the picture in the input's proportions, for a
 * square input only. Sizes are rounded to the even neighbour at one half, as Python's `round`.
 * @see resize_image_letterbox_ocv and crop_resize_ocv of OpenVINO's Model API
 * @throws {RangeError} for a crop to an input that is not square: Model API has width and height confused there
 */
export function placePicture(kind: PlacementKind, picture: Size, input: Size): Placement {
  const whole = { x: 0, y: 0, width: picture.width, height: picture.height };
  const all = { x: 0, y: 0, width: input.width, height: input.height };
  if (kind === 'standard') return { seen: whole, content: all };
  if (kind === 'crop') {
    if (input.width !== input.height) throw new RangeError('Cannot crop as the input must be square');
    const side = Math.min(picture.width, picture.height);
    const x = Math.floor((picture.width - side) / 2);
    const y = Math.floor((picture.height - side) / 2);
    return { seen: { x, y, width: side, height: side }, content: all };
  }
  const scale = Math.min(input.width / picture.width, input.height / picture.height);
  const width = clamp(roundHalfEven(picture.width * scale), input.width);
  const height = clamp(roundHalfEven(picture.height * scale), input.height);
  const isCentred = kind === 'fit_to_window_letterbox';
  const x = isCentred ? Math.floor((input.width - width) / 2) : 0;
  const y = isCentred ? Math.floor((input.height - height) / 2) : 0;
  return { seen: whole, content: { x, y, width, height } };
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(value, 1), most);
}
