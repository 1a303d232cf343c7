/** The tasks without places: classifiers, and one anomaly score for the whole picture. */
import type { ClassPlan, ScorePlan } from '../../model/task-plan.js';
import {
  type ClassActivation,
  chooseByHierarchy,
  chooseEach,
  chooseMostProbable,
  readHierarchy,
  readProbabilities,
} from './classification.js';
import { createDefectCounter } from './defect-classes.js';
import type { OutputReaderParts } from './pixel-map.js';
import type { TaskReader } from './task-reader.js';

const NOWHERE = { area: 0, largest: 0, regions: [] } as const;

export function createClassTask({ request, pixels }: OutputReaderParts, plan: ClassPlan): TaskReader {
  const { classes, settings } = plan;
  const { hierarchy, multilabel, threshold } = settings;
  const counter = createDefectCounter(classes, settings.goodClasses);
  const probabilities = new Float32Array(classes.length);
  const holds = new Uint8Array(classes.length);
  const choose =
    hierarchy !== undefined
      ? chooseByHierarchy(hierarchy, threshold)
      : (multilabel ? chooseEach : chooseMostProbable)(threshold);
  const activation = activationOf(plan);

  return {
    plan,
    countedClasses: counter.names,
    classMasks: undefined,
    read(_view, mask) {
      pixels.fill(mask, 0);
      const values = request.outputs[plan.output] ?? new Float32Array(classes.length);
      if (hierarchy === undefined) readProbabilities(values, activation, probabilities);
      else readHierarchy(values, hierarchy, probabilities);
      choose(probabilities, holds);
      counter.clear();
      for (let i = 0; i < holds.length; i++) if (holds[i] === 1) counter.count(i);
      const byName = Object.fromEntries(classes.map((name, i) => [name, probabilities[i] ?? 0]));
      const score = counter.highest(probabilities);
      return { measures: { ...counter.counts(), ...NOWHERE, score, classes: byName } };
    },
  };
}

/** What is asked for; else several labels are logits of their own, and of exclusive ones the numbers tell. */
function activationOf({ settings }: ClassPlan): ClassActivation {
  if (settings.activation !== 'none') return settings.activation;
  return settings.multilabel ? 'sigmoid' : 'seen';
}

export function createScoreTask({ request, pixels }: OutputReaderParts, plan: ScorePlan): TaskReader {
  return {
    plan,
    countedClasses: [],
    classMasks: undefined,
    read(_view, mask) {
      pixels.fill(mask, 0);
      const score = request.outputs[plan.output]?.[0] ?? Number.NaN;
      return { measures: { defect: score > Math.fround(plan.settings.threshold) ? 1 : 0, ...NOWHERE, score } };
    },
  };
}
