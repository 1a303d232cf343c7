/** The obviously right twins of outputs that are lists: every proposal as an object, whatever its score; what is chosen comes after. */
import type { PlainObject } from './plain.js';

/** Rows of boxes, labels and scores, as three lists of the same length. */
export interface PlainLists {
  readonly boxes: readonly (readonly number[])[];
  readonly labels: readonly number[];
  readonly scores: readonly number[];
}

export interface PlainScale {
  readonly width: number;
  readonly height: number;
}

export function plainLists(
  { boxes, labels, scores }: PlainLists,
  scale: PlainScale,
  firstLabel: number,
): PlainObject[] {
  return boxes.map(([left = 0, top = 0, right = 0, bottom = 0], row) => ({
    box: [left * scale.width, top * scale.height, right * scale.width, bottom * scale.height],
    score: scores[row] ?? 0,
    classNumber: (labels[row] ?? 0) - firstLabel,
    row,
  }));
}

/** `queries[row]` has centre and size in 0 to 1, and the logits behind them. */
export function plainQueries(queries: readonly (readonly number[])[], input: PlainScale): PlainObject[] {
  return queries.flatMap(([x = 0, y = 0, width = 0, height = 0, ...logits], row) => {
    const box = aroundCentre(x * input.width, y * input.height, width * input.width, height * input.height);
    return logits.map((logit, classNumber) => ({
      box,
      score: Math.fround(1 / (1 + Math.exp(-logit))),
      classNumber,
      row,
    }));
  });
}

/** The same with a softmax over the logits, the last of which stands for no object and is no proposal. */
export function plainSoftmaxQueries(queries: readonly (readonly number[])[], input: PlainScale): PlainObject[] {
  return queries.flatMap(([x = 0, y = 0, width = 0, height = 0, ...logits], row) => {
    const box = aroundCentre(x * input.width, y * input.height, width * input.width, height * input.height);
    const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
    const sum = powers.reduce((total, power) => total + power, 0);
    return powers
      .slice(0, -1)
      .map((power, classNumber) => ({ box, score: Math.fround(power / sum), classNumber, row }));
  });
}

/** Of each row the first of those with the highest score, above the threshold; boxes as they are kept, in 32 bits. */
export function plainMostProbable(objects: readonly PlainObject[], threshold: number): PlainObject[] {
  return [...new Set(objects.map(({ row }) => row))].flatMap((row) => {
    const own = objects.filter((object) => object.row === row);
    const highest = Math.max(...own.map(({ score }) => score));
    const best = own.find(({ score }) => score === highest && score > Math.fround(threshold));
    const isKept = best?.box.every((side) => Number.isFinite(Math.fround(side)));
    return best !== undefined && isKept ? [{ ...best, box: in32Bits(best.box) }] : [];
  });
}

/** The cells of YOLOX, grid after grid and row after row, each with the pixels that it covers. */
export function plainCells(input: PlainScale): { readonly x: number; readonly y: number; readonly stride: number }[] {
  return [8, 16, 32].flatMap((stride) =>
    Array.from({ length: Math.floor(input.height / stride) }, (_, y) =>
      Array.from({ length: Math.floor(input.width / stride) }, (_, x) => ({ x, y, stride })),
    ).flat(),
  );
}

/** `rows[row]` has a place in the cell, the logarithm of a size, objectness and the classes. */
export function plainGrid(rows: readonly (readonly number[])[], input: PlainScale): PlainObject[] {
  return plainCells(input).flatMap((cell, row) => {
    const [x = 0, y = 0, width = 0, height = 0, objectness = 0, ...classes] = rows[row] ?? [];
    const [centreX, centreY] = [(x + cell.x) * cell.stride, (y + cell.y) * cell.stride];
    const box = aroundCentre(centreX, centreY, Math.exp(width) * cell.stride, Math.exp(height) * cell.stride);
    return classes.map((value, classNumber) => ({ box, score: Math.fround(value * objectness), classNumber, row }));
  });
}

/** `rows[row]` has picture, label, score, and a box in 0 to 1; the first picture below 0 ends the list. */
export function plainDetectionOutput(
  rows: readonly (readonly number[])[],
  input: PlainScale,
  firstLabel: number,
): PlainObject[] {
  const end = rows.findIndex(([picture = 0]) => picture < 0);
  const used = end < 0 ? rows : rows.slice(0, end);
  const lists = {
    boxes: used.map((row) => row.slice(3)),
    labels: used.map(([, label = 0]) => label),
    scores: used.map(([, , score = 0]) => score),
  };
  return plainLists(lists, input, firstLabel);
}

/** Those above the threshold that have a named class, and a box that is finite in 32 bits. */
export function plainChosen(proposals: readonly PlainObject[], threshold: number, classCount: number): PlainObject[] {
  return proposals
    .map((each) => ({ ...each, box: each.box.map(Math.fround) as unknown as PlainObject['box'] }))
    .filter(({ score }) => score > Math.fround(threshold))
    .filter(({ classNumber }) => classNumber >= 0 && classNumber < classCount)
    .filter(({ box }) => box.every(Number.isFinite));
}

/** The highest score of each class, whether above the threshold or not; 0 where there is none. */
export function plainBest(proposals: readonly PlainObject[], classCount: number): number[] {
  return Array.from({ length: classCount }, (_, classNumber) => {
    const own = proposals.filter((each) => each.classNumber === classNumber && each.score > 0);
    return Math.max(0, ...own.map(({ score }) => score));
  });
}

function aroundCentre(x: number, y: number, width: number, height: number): PlainObject['box'] {
  return [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
}

function in32Bits([left, top, right, bottom]: PlainObject['box']): PlainObject['box'] {
  return [Math.fround(left), Math.fround(top), Math.fround(right), Math.fround(bottom)];
}
