/** What a classifier gives, as the probability of each class. */

/**
 * How numbers become probabilities. `seen` looks at the numbers themselves: what lies within 0 to 1 and adds up to 1 has been
 * through a softmax already, anything else gets one, as OpenVINO's Model API decides it.
 */
export type ClassActivation = 'seen' | 'none' | 'softmax' | 'sigmoid';

const SUM_TOLERANCE = 1e-5;

/** @param out as many numbers as `values` */
export function readProbabilities(values: Float32Array, activation: ClassActivation, out: Float32Array): void {
  if (activation === 'sigmoid') {
    for (let i = 0; i < values.length; i++) out[i] = 1 / (1 + Math.exp(-values[i]!));
  } else if (activation === 'none' || (activation === 'seen' && isSoftmax(values))) {
    out.set(values);
  } else {
    softmaxRange(values, { start: 0, end: values.length }, out);
  }
}

function isSoftmax(values: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(value >= 0 && value <= 1)) return false;
    sum += value;
  }
  return Math.abs(sum - 1) <= SUM_TOLERANCE;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function softmaxRange(values: Float32Array, { start, end }: Range, out: Float32Array): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = start; i < end; i++) largest = Math.max(largest, values[i]!);
  let sum = 0;
  for (let i = start; i < end; i++) sum += Math.exp(values[i]! - largest);
  for (let i = start; i < end; i++) out[i] = Math.exp(values[i]! - largest) / sum;
}

/** Exclusive groups of a hierarchical classifier, and which label stands above which. */
export interface Hierarchy {
  /** Of numbers that exclude each other: each group gets a softmax. */
  readonly groups: readonly Range[];
  /** From here on every number is a label by itself: a sigmoid. */
  readonly multilabelFrom: number;
  /** The class number of each place of the output. */
  readonly classOf: readonly number[];
  /** By class number: the class that it is a part of; -1 for none. */
  readonly parents: readonly number[];
}

/** Which classes hold, from their probabilities; `out` has 1 or 0 for each. */
export type ClassChooser = (probabilities: Float32Array, out: Uint8Array) => void;

/** The most probable class, of equal ones the first, if it is above the threshold. */
export function chooseMostProbable(threshold: number): ClassChooser {
  const limit = Math.fround(threshold);
  return (probabilities, out) => {
    out.fill(0);
    let best = -1;
    let highest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < probabilities.length; i++) {
      const value = probabilities[i]!;
      if (value > highest) [best, highest] = [i, value];
    }
    if (best >= 0 && highest > limit) out[best] = 1;
  };
}

/** Every class above the threshold. */
export function chooseEach(threshold: number): ClassChooser {
  const limit = Math.fround(threshold);
  return (probabilities, out) => {
    for (let i = 0; i < probabilities.length; i++) out[i] = probabilities[i]! > limit ? 1 : 0;
  };
}

/** Softmax within each group, sigmoid behind them; `out` is by class number. */
export function readHierarchy(values: Float32Array, hierarchy: Hierarchy, out: Float32Array): void {
  const { groups, multilabelFrom, classOf } = hierarchy;
  const places = new Float32Array(values.length);
  for (const group of groups) softmaxRange(values, group, places);
  for (let i = multilabelFrom; i < values.length; i++) places[i] = 1 / (1 + Math.exp(-values[i]!));
  for (const [place, classNumber] of classOf.entries()) out[classNumber] = places[place]!;
}

/** The largest of each group and every single label above the threshold, as far as all classes above them hold too. */
export function chooseByHierarchy(hierarchy: Hierarchy, threshold: number): ClassChooser {
  const limit = Math.fround(threshold);
  const { groups, multilabelFrom, classOf, parents } = hierarchy;
  return (probabilities, out) => {
    out.fill(0);
    for (const { start, end } of groups) {
      let best = -1;
      for (let place = start; place < end; place++) {
        const classNumber = classOf[place]!;
        if (best < 0 || probabilities[classNumber]! > probabilities[best]!) best = classNumber;
      }
      if (best >= 0) out[best] = 1;
    }
    for (let place = multilabelFrom; place < classOf.length; place++) {
      const classNumber = classOf[place]!;
      if (probabilities[classNumber]! > limit) out[classNumber] = 1;
    }
    const holds = (classNumber: number, depth: number): boolean => {
      const parent = parents[classNumber] ?? -1;
      return out[classNumber] === 1 && (parent < 0 || depth > parents.length || holds(parent, depth + 1));
    };
    const standing = Array.from(out, (_, classNumber) => (holds(classNumber, 0) ? 1 : 0));
    out.set(standing);
  };
}
