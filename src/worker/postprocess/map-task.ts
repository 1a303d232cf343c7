/** The task of a pixel map: contours and regions of its mask. */
import { sizeOf } from '../../engine/ports.js';
import type { MapPlan } from '../../model/task-plan.js';
import { defined } from '../../std/defined.js';
import { createRegionFinder, type Shapes } from '../../vision/regions.js';
import { createOutputReader, type OutputReaderParts } from './pixel-map.js';
import type { TaskReader } from './task-reader.js';

const NO_SHAPES: Shapes = { contours: 0, regions: [] };

/** @throws {ServiceError} ERR_MODEL_CONTRACT */
export function createMapTask(parts: OutputReaderParts, plan: MapPlan): TaskReader {
  const output = createOutputReader(parts, plan.settings);
  const { width, height } = sizeOf(parts.model.input);
  const regionFinder = createRegionFinder();
  const { classMasks } = output;
  const noDefects = classMasks && Object.fromEntries(classMasks.map(([name]) => [name, 0]));

  function countByClass(): Readonly<Record<string, number>> | undefined {
    if (classMasks === undefined) return undefined;
    const counts: Record<string, number> = {};
    for (const [name, classMask] of classMasks) counts[name] = regionFinder.countContours(classMask, width, height);
    return counts;
  }

  return {
    plan,
    mapPlan: output.plan,
    countedClasses: classMasks?.map(([name]) => name) ?? [],
    classMasks,
    read({ content }, mask) {
      const { whitePixels, score } = output.read(content, mask);
      const { contours, regions } = whitePixels === 0 ? NO_SHAPES : regionFinder.find(mask, width, height);
      const defects = whitePixels === 0 ? noDefects : countByClass();
      const pixelCount = content.width * content.height;
      const measures = {
        defect: contours,
        ...defined({ defects }),
        area: whitePixels / pixelCount,
        largest: (regions[0]?.pixels ?? 0) / pixelCount,
        score,
        regions,
      };
      return { measures };
    },
  };
}
