/** What a detector proposes for one picture before overlapping boxes are dropped. The arrays grow and are used again. */

export interface Candidates {
  /** How many there are. */
  readonly count: number;
  /** Left, top, right, bottom of each, in pixels of the model's input. */
  readonly boxes: Float32Array;
  readonly scores: Float32Array;
  readonly classes: Int32Array;
  /** The row of the output that each came from: its mask belongs to the same row. */
  readonly rows: Int32Array;
  /** The highest score of each class in the picture, whether it is above the threshold or not; 0 where there is none. */
  readonly bestScores: Float32Array;
  /** A class that a candidate has and the model's names have not; undefined: every class has a name. */
  readonly unnamedClass: number | undefined;
  /** Forgets the previous picture. */
  clear(): void;
  /** Notes a score, of whatever height. NaN is no score. */
  see(classNumber: number, score: number): void;
  /**
   * A box that is not finite in 32 bits is no candidate, and neither is one of a negative class, which is the background. A
   * class without a name is noted.
   */
  add(box: CandidateBox, score: number, classNumber: number, row: number): void;
}

/** Reused from one candidate to the next. */
export interface CandidateBox {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Ordering keeps a candidate's number in 21 bits. */
export const MAX_CANDIDATES = 2 ** 21;
const FIRST_CAPACITY = 256;

export function createCandidates(classCount: number): Candidates {
  let boxes = new Float32Array(4 * FIRST_CAPACITY);
  let scores = new Float32Array(FIRST_CAPACITY);
  let classes = new Int32Array(FIRST_CAPACITY);
  let rows = new Int32Array(FIRST_CAPACITY);
  let count = 0;
  let unnamedClass: number | undefined;
  const bestScores = new Float32Array(classCount);

  function grow(): void {
    const capacity = 2 * scores.length;
    boxes = copied(boxes, new Float32Array(4 * capacity));
    scores = copied(scores, new Float32Array(capacity));
    classes = copied(classes, new Int32Array(capacity));
    rows = copied(rows, new Int32Array(capacity));
  }

  return {
    get count() {
      return count;
    },
    get boxes() {
      return boxes;
    },
    get scores() {
      return scores;
    },
    get classes() {
      return classes;
    },
    get rows() {
      return rows;
    },
    bestScores,
    get unnamedClass() {
      return unnamedClass;
    },
    clear() {
      count = 0;
      unnamedClass = undefined;
      bestScores.fill(0);
    },
    see(classNumber, score) {
      if (score > (bestScores[classNumber] ?? Number.POSITIVE_INFINITY)) bestScores[classNumber] = score;
    },
    add({ left, top, right, bottom }, score, classNumber, row) {
      if (bestScores[classNumber] === undefined) {
        if (!(classNumber < 0)) unnamedClass = classNumber;
        return;
      }
      if (count === MAX_CANDIDATES) return;
      if (count === scores.length) grow();
      boxes[4 * count] = left;
      boxes[4 * count + 1] = top;
      boxes[4 * count + 2] = right;
      boxes[4 * count + 3] = bottom;
      // As it is kept: a number of 64 bits may be too large for 32. A sum of four finite ones is finite.
      const sum = boxes[4 * count]! + boxes[4 * count + 1]! + boxes[4 * count + 2]! + boxes[4 * count + 3]!;
      if (!Number.isFinite(sum)) return;
      scores[count] = score;
      classes[count] = classNumber;
      rows[count] = row;
      count++;
    },
  };
}

function copied<T extends Float32Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
