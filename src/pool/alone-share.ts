/** Whether a second compilation pays: by the share of pictures that were alone of late. Counted in pictures, without a clock. */

export interface AloneShare {
  /** One more picture got a worker: alone or not. */
  note(isAlone: boolean): void;
}

/** About so many of the last pictures count. */
const MEMORY = 200;
/** The first ones say nothing yet. */
const LEAST_PICTURES = 5;
/** Far apart: each change costs a compilation, which is worth several inferences. */
const WANTED_FROM = 0.05;
const UNWANTED_BELOW = 0.01;

/** @param onChange is told whenever it begins to pay, and when it pays no more; at first it does not */
export function createAloneShare(onChange: (isWanted: boolean) => void): AloneShare {
  let count = 0;
  let share = 0;
  let isWanted = false;
  return {
    note(isAlone) {
      count = Math.min(count + 1, MEMORY);
      share += (Number(isAlone) - share) / count;
      if (count < LEAST_PICTURES) return;
      const next = isWanted ? share >= UNWANTED_BELOW : share >= WANTED_FROM;
      if (next === isWanted) return;
      isWanted = next;
      onChange(isWanted);
    },
  };
}
