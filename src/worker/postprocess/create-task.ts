import type { TaskPlan } from '../../model/task-plan.js';
import { assertNever } from '../../std/errors.js';
import { createClassTask, createScoreTask } from './class-task.js';
import { createMapTask } from './map-task.js';
import { createObjectTask } from './object-task.js';
import type { OutputReaderParts } from './pixel-map.js';
import type { TaskReader } from './task-reader.js';

/** @throws {ServiceError} ERR_MODEL_CONTRACT when a map cannot be read as the settings say */
export function createTask(parts: OutputReaderParts, plan: TaskPlan): TaskReader {
  switch (plan.task) {
    case 'segmentation':
      return createMapTask(parts, plan);
    case 'detection':
    case 'instance-segmentation':
      return createObjectTask(parts, plan);
    case 'classification':
      return createClassTask(parts, plan);
    case 'anomaly-score':
      return createScoreTask(parts, plan);
    default:
      return assertNever(plan);
  }
}
