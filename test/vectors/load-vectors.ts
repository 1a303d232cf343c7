/** The golden vectors: pictures and what the reference implementation made of them; see PROVENANCE.md. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

/** Pictures to inspect, with what every step must give. */
export interface EqualVector {
  readonly expect: 'equal';
  /** Relative path: images/NAME. */
  readonly file: string;
  readonly note: string;
  readonly sha256: string;
  /** Of the decoded picture. */
  readonly width: number;
  readonly height: number;
  /** Of B, G, R bytes, row by row, at width × height. */
  readonly decodedBgrSha256: string;
  /** The same at 256 × 256. */
  readonly resizedBgrSha256: string;
  /** For `readVectorFile`: the resized picture (PNG), the mask (PNG), the result picture (JPEG). */
  readonly resized: string;
  readonly mask: string;
  readonly result: string;
  readonly defect: number;
  readonly whitePixels: number;
  readonly minDistanceToThreshold: number;
}

/** A picture that the service refuses. */
export interface RejectVector {
  readonly expect: 'reject';
  readonly file: string;
  readonly note: string;
  readonly sha256: string;
}

/** An unusual kind of picture; see odd/make_odd.py and field/make_field.py. */
export interface OddVector {
  readonly file: string;
  readonly note: string;
  /** "equal", "clean" (equal to another picture, which `clean` names), or the code that it is refused with. */
  readonly expect: string;
  /** What OpenCV decodes; absent when it refuses too. */
  readonly width?: number;
  readonly height?: number;
  readonly decodedBgrSha256?: string;
}

/** A picture that says something wrong of itself and is decoded all the same, to the pixels of the one named `clean`. */
export interface CleanVector {
  readonly file: string;
  readonly note: string;
  readonly clean: string;
}

/** Width and height of the model's input, of `resized` and of `mask`. */
export const MODEL_SIZE = 256;

// Compiled tests lie in build/test/vectors, the data does not move.
const root = new URL('../../../test/vectors/', import.meta.url);

interface Index {
  readonly images: readonly (EqualVector | RejectVector | ({ readonly expect: 'clean' } & CleanVector))[];
}

export function loadEqualVectors(): readonly EqualVector[] {
  return readIndex().images.filter((vector) => vector.expect === 'equal');
}

export function loadRejectVectors(): readonly RejectVector[] {
  return readIndex().images.filter((vector) => vector.expect === 'reject');
}

export function loadOddVectors(): readonly OddVector[] {
  return ['odd/index.json', 'field/index.json'].flatMap(
    (path) => (JSON.parse(readVectorFile(path).toString('utf8')) as { readonly pictures: OddVector[] }).pictures,
  );
}

export function loadCleanVectors(): readonly CleanVector[] {
  return [...readIndex().images, ...loadOddVectors()].filter(
    (vector): vector is CleanVector & typeof vector => 'clean' in vector,
  );
}

/** A file that a vector names. */
export function readVectorFile(path: string): Buffer {
  return readFileSync(new URL(path, root));
}

/** The expected mask: MODEL_SIZE² bytes, 0 or 255. */
export async function readMask(vector: EqualVector): Promise<Uint8Array> {
  return await sharp(readVectorFile(vector.mask)).toColourspace('b-w').raw().toBuffer();
}

function readIndex(): Index {
  return JSON.parse(readVectorFile('index.json').toString('utf8')) as Index;
}

/** Absolute path of a file that a vector names, for programs that take files. */
export function vectorPath(path: string): string {
  return fileURLToPath(new URL(path, root));
}
