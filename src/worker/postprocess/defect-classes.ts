/** Which classes are defects, and how many objects of each were found. */
import { BACKGROUND } from '../../model/settings.js';

export interface DefectCounter {
  /** Every class but the background, also those that are no defects. */
  readonly names: readonly string[];
  isDefect(classNumber: number): boolean;
  clear(): void;
  /** Counts one; true when it is a defect. */
  count(classNumber: number): boolean;
  counts(): { readonly defect: number; readonly defects: Readonly<Record<string, number>> };
  /** Of these numbers by class, the highest of a defect; 0 when there is none. */
  highest(byClass: ArrayLike<number>): number;
}

export function createDefectCounter(classes: readonly string[], goodClasses: readonly string[] = []): DefectCounter {
  const isDefectClass = classes.map((name) => name !== BACKGROUND && !goodClasses.includes(name));
  const counted = new Int32Array(classes.length);
  return {
    names: classes.filter((name) => name !== BACKGROUND),
    isDefect: (classNumber) => isDefectClass[classNumber] === true,
    clear() {
      counted.fill(0);
    },
    count(classNumber) {
      counted[classNumber] = (counted[classNumber] ?? 0) + 1;
      return isDefectClass[classNumber] === true;
    },
    counts() {
      const defects: Record<string, number> = {};
      let defect = 0;
      for (const [classNumber, name] of classes.entries()) {
        const count = counted[classNumber] ?? 0;
        if (name !== BACKGROUND) defects[name] = count;
        if (isDefectClass[classNumber] === true) defect += count;
      }
      return { defect, defects };
    },
    highest(byClass) {
      let highest = 0;
      for (const [classNumber, isDefect] of isDefectClass.entries()) {
        const value = byClass[classNumber] ?? 0;
        if (isDefect && value > highest) highest = value;
      }
      return highest;
    },
  };
}
