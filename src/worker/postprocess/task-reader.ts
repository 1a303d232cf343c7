/** From the outputs of a model to what is said about a picture: one reader for each task, all of one form. */
import type { Measures } from '../../domain/measures.js';
import type { OutputPlan } from '../../model/output-plan.js';
import type { TaskPlan } from '../../model/task-plan.js';
import type { Placement } from '../../vision/letterbox.js';
import type { FoundObjects, MaskPatch, MaskReader } from './found-objects.js';
import type { OutputReader } from './pixel-map.js';

/** The picture that the outputs are about, and where it lies in the model's input. */
export interface PictureView extends Placement {
  readonly picture: { readonly width: number; readonly height: number };
}

/** The mask of each object, computed when it is asked for. */
export interface ObjectMasks {
  readonly space: MaskReader['space'];
  /** Valid until the next call. */
  read(index: number): MaskPatch;
}

export interface TaskReading {
  readonly measures: Omit<Measures, 'width' | 'height'>;
  /** Of a detector; valid until the next picture. */
  readonly objects?: FoundObjects;
  /** Of an instance segmenter; valid until the next inference. */
  readonly masks?: ObjectMasks;
}

export interface TaskReader {
  readonly plan: TaskPlan;
  /** Of a map: which output is read, and how. */
  readonly mapPlan?: OutputPlan;
  /** Names that `defects` of a result has. */
  readonly countedClasses: readonly string[];
  readonly classMasks: OutputReader['classMasks'];
  /** Writes the mask at the model's size, 0 or 255, black outside of the picture. */
  read(view: PictureView, mask: Uint8Array): TaskReading;
}
