import type { Image } from './image.js';

/**
 * Copies a picture into a bound input tensor of its size and three channels: values 0..255 as they are, B G R, in the
 * order [1,3,H,W] (NCHW) or [1,H,W,3] (NHWC). A grey picture fills all three channels.
 * @throws {RangeError} when the tensor has another number of elements
 */
export function writeTensor(image: Image, layout: 'NCHW' | 'NHWC', tensor: Uint8Array | Float32Array): void {
  const { width, height, channels, data } = image;
  const pixels = width * height;
  if (tensor.length !== 3 * pixels) {
    throw new RangeError(`Cannot fill the tensor as it must have ${3 * pixels} elements: it has ${tensor.length}`);
  }
  if (layout === 'NHWC' && channels === 3) {
    tensor.set(data.subarray(0, 3 * pixels));
    return;
  }
  if (layout === 'NCHW' && channels === 1) {
    const plane = data.subarray(0, pixels);
    for (let channel = 0; channel < 3; channel++) tensor.set(plane, channel * pixels);
    return;
  }
  if (layout === 'NCHW') {
    for (let i = 0, d = 0; i < pixels; i++, d += 3) {
      tensor[i] = data[d]!;
      tensor[i + pixels] = data[d + 1]!;
      tensor[i + 2 * pixels] = data[d + 2]!;
    }
    return;
  }
  for (let i = 0, t = 0; i < pixels; i++, t += 3) {
    const grey = data[i]!;
    tensor[t] = grey;
    tensor[t + 1] = grey;
    tensor[t + 2] = grey;
  }
}
