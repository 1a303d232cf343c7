/** What the mask says about a picture, and the fields of a result: the one list of both. */

/**
 * Of a map a white region of the mask, 8-connected, in pixels of the mask. Of a detector an object, in pixels of the
 * decoded picture; it has a class and a score, and pixels only where it has a mask.
 */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Number of its white pixels. */
  readonly pixels?: number;
  readonly class?: string;
  readonly score?: number;
}

/** The values of one picture. What each means stands in MEASURES. */
export interface Measures {
  readonly defect: number;
  readonly defects?: Readonly<Record<string, number>>;
  readonly area: number;
  readonly largest: number;
  readonly score: number;
  readonly regions: readonly Region[];
  readonly width: number;
  readonly height: number;
  /** Probability of each class; only of a classifier. */
  readonly classes?: Readonly<Record<string, number>>;
}

/** How the live page shows a value. */
export type MeasureUnit = 'count' | 'counts' | 'fraction' | 'probability' | 'probabilities' | 'pixels';

export interface MeasureRow {
  /** What it means, in the words of the documentation. */
  readonly doc: string;
  /** Its type in predicates; without one predicates do not know it. */
  readonly celType?: 'int' | 'double' | 'map<string, int>';
  /** True when no picture can have less than 0: a predicate may then be recognised as always true. */
  readonly isNeverNegative?: true;
  /** The largest value that any picture can have, where there is one. */
  readonly max?: number;
  /** Its place on the live page; without one the page does not list it. */
  readonly term?: { readonly label: string; readonly unit: MeasureUnit };
}

/**
 * Predicates, results, `infer --json`, the live page, the configuration's documentation and docs/predicate.md are made
 * from this table or tested against it. A new measure is a row here, and its computation in the worker's `predict`.
 */
const MEASURES = {
  defect: {
    doc: 'contours of the mask, holes included, as OpenCV’s findContours counts them; objects of a detector, classes of a classifier',
    celType: 'int',
    isNeverNegative: true,
    term: { label: 'defects', unit: 'count' },
  },
  defects: {
    doc: 'contours of each class’s own mask, or objects of it, by name; only for a model with classes',
    celType: 'map<string, int>',
    term: { label: 'defects by class', unit: 'counts' },
  },
  area: {
    doc: 'fraction of the mask that is white, or of the picture that objects cover, 0 to 1',
    celType: 'double',
    isNeverNegative: true,
    max: 1,
    term: { label: 'area', unit: 'fraction' },
  },
  largest: {
    doc: 'fraction of the mask that its largest region takes, or the largest object of the picture, 0 to 1',
    celType: 'double',
    isNeverNegative: true,
    max: 1,
    term: { label: 'largest region', unit: 'fraction' },
  },
  score: {
    doc: 'largest probability of a defect in the picture, 0 to 1, above the threshold or not',
    celType: 'double',
    isNeverNegative: true,
    max: 1,
    term: { label: 'score', unit: 'probability' },
  },
  regions: {
    doc: 'white regions of the mask in its pixels, the largest first; objects with class and score in pixels of the picture, the most certain first; at most 100',
  },
  classes: {
    doc: 'probability of each class, by name; only of a classifier',
    term: { label: 'probabilities', unit: 'probabilities' },
  },
  width: {
    doc: 'width of the picture in pixels, after its EXIF orientation',
    celType: 'int',
    isNeverNegative: true,
    term: { label: 'width', unit: 'pixels' },
  },
  height: {
    doc: 'height of the picture in pixels, after its EXIF orientation',
    celType: 'int',
    isNeverNegative: true,
    term: { label: 'height', unit: 'pixels' },
  },
} as const satisfies Readonly<Record<keyof Measures, MeasureRow>>;
export type MeasureName = keyof Measures;

/** The rows of MEASURES with their common type, in order. */
export const MEASURE_ROWS = Object.entries(MEASURES) as readonly (readonly [MeasureName, MeasureRow])[];

/** What a result can hold beside measures. */
const MESSAGE_FIELDS = [
  'origin',
  'afterProcess',
  'inference time',
  'id',
  'topic',
  'rule',
  'receivedAt',
  'model',
  'ok',
] as const;

export type ResultFieldName = (typeof MESSAGE_FIELDS)[number] | MeasureName;
export const RESULT_FIELDS: readonly ResultFieldName[] = [...MESSAGE_FIELDS, ...MEASURE_ROWS.map(([name]) => name)];

export function isMeasureName(name: ResultFieldName): name is MeasureName {
  return Object.hasOwn(MEASURES, name);
}
