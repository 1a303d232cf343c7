import type { TaskPlan } from '../../model/task-plan.js';
import { assertNever } from '../../std/errors.js';
import type { OutputReaderParts } from './pixel-map.js';
import type { TaskReader } from './task-reader.js';

/**
 * Loads the code of that task alone: every worker has its own copy of what it loads.
 * @throws {ServiceError} ERR_MODEL_CONTRACT when a map cannot be read as the settings say
 */
export async function createTask(parts: OutputReaderParts, plan: TaskPlan): Promise<TaskReader> {
  switch (plan.task) {
    case 'segmentation':
      return (await import('./map-task.js')).createMapTask(parts, plan);
    case 'detection':
    case 'instance-segmentation':
      return (await import('./object-task.js')).createObjectTask(parts, plan);
    case 'classification':
      return (await import('./class-task.js')).createClassTask(parts, plan);
    case 'anomaly-score':
      return (await import('./class-task.js')).createScoreTask(parts, plan);
    default:
      return assertNever(plan);
  }
}
