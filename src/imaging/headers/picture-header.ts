import type { Orientation } from '../../vision/orient.js';

/**
 * What has to be done to the decoded samples to get what OpenCV gives.
 * - grey: one channel in the file; may be decoded to one, it stands for three equal ones
 * - rgb: nothing more
 * - rgb16: 16 bits a sample, scaled to 8 with rounding; elsewhere OpenCV just cuts them, and so do the decoders
 * - rgba-premultiplied: colours are multiplied with alpha; elsewhere OpenCV drops it
 * - cmyk: four channels
 */
export type Samples = 'grey' | 'rgb' | 'rgb16' | 'rgba-premultiplied' | 'cmyk';

/** What a picture says about itself before it is decoded. */
export interface PictureHeader {
  /** Pixels as stored, before orientation; both ≥ 1. */
  readonly width: number;
  readonly height: number;
  /** As OpenCV finds it: JPEG, PNG and TIFF only. */
  readonly orientation: Orientation;
  readonly samples: Samples;
  /** True for a TIFF with the tiles of each colour by themselves: they are decoded one after the other. */
  readonly isPlanesInTiles?: boolean;
}
