/** What the mask says about a picture, and the fields of a result. */

/** A white region of the mask, 8-connected; x, y, width, height in mask pixels. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** White pixels in it. */
  readonly pixels: number;
}

/** What the mask says about one picture; the predicate's numbers. */
export interface Measures {
  /** Contours of the mask, holes included, as OpenCV's findContours(RETR_TREE) counts them. */
  readonly defect: number;
  /** Contours of each class's own mask, by name; absent when the model has no classes. */
  readonly defects?: Readonly<Record<string, number>>;
  /** Fraction of white pixels, 0..1. */
  readonly area: number;
  /** Fraction of the largest region, 0..1. */
  readonly largest: number;
  /** Largest probability of the output. */
  readonly score: number;
  /** Largest first, at most 100. */
  readonly regions: readonly Region[];
  /** Size of the decoded picture in pixels, after EXIF orientation. */
  readonly width: number;
  readonly height: number;
}

export const RESULT_FIELDS = [
  'origin',
  'afterProcess',
  'defect',
  'defects',
  'inference time',
  'id',
  'topic',
  'rule',
  'area',
  'largest',
  'score',
  'regions',
  'width',
  'height',
  'receivedAt',
  'model',
] as const;
export type ResultFieldName = (typeof RESULT_FIELDS)[number];
