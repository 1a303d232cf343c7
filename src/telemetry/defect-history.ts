/** How many defects were found when, for the chart of the live page: a ring of equal time slots that never grows. */
export interface DefectHistory {
  /** Counts one inspection and the defects it found. */
  add(defects: number): void;
  snapshot(): DefectHistorySnapshot;
}

export interface DefectHistorySnapshot {
  readonly slotSeconds: number;
  /** Milliseconds since the epoch at which the last slot, the running one, began. */
  readonly lastSlotAtMs: number;
  /** Oldest first; one entry a slot. */
  readonly pictures: readonly number[];
  /** Pictures with at least one defect. */
  readonly defective: readonly number[];
  readonly defects: readonly number[];
}

export interface DefectHistoryOptions {
  readonly slotSeconds: number;
  readonly slots: number;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
}

interface Slot {
  /** Slots since the epoch; undefined while nothing was written to it. */
  number: number | undefined;
  pictures: number;
  defective: number;
  defects: number;
}

export function createDefectHistory({ slotSeconds, slots, nowMs }: DefectHistoryOptions): DefectHistory {
  const ring = Array.from({ length: slots }, (): Slot => ({ number: undefined, ...EMPTY }));
  const slotNumber = () => Math.floor(nowMs() / (slotSeconds * 1000));

  return {
    add(defects) {
      const number = slotNumber();
      const slot = ring[number % slots] as Slot;
      if (slot.number !== number) Object.assign(slot, EMPTY, { number });
      slot.pictures += 1;
      slot.defective += defects > 0 ? 1 : 0;
      slot.defects += defects;
    },
    snapshot() {
      const last = slotNumber();
      const shown = Array.from({ length: slots }, (_, index) => {
        const number = last - slots + 1 + index;
        const slot = ring[((number % slots) + slots) % slots] as Slot;
        return slot.number === number ? slot : EMPTY;
      });
      return {
        slotSeconds,
        lastSlotAtMs: last * slotSeconds * 1000,
        pictures: shown.map(({ pictures }) => pictures),
        defective: shown.map(({ defective }) => defective),
        defects: shown.map(({ defects }) => defects),
      };
    },
  };
}

const EMPTY = { pictures: 0, defective: 0, defects: 0 } as const;
