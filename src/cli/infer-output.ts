/** What `infer --out DIR` writes for each picture, by its name: the picture beside its mask, and the mask; of a detector also its objects. */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { encodeMaskPng } from '../imaging/mask-png.js';
import type { Inspector } from '../worker/inspect.js';
import type { Segmentation } from '../worker/segmentation.js';
import { folderFault } from './command.js';
import { UsageError } from './options.js';

export interface InferOutput {
  /** @throws {UsageError} when it cannot be written */
  write(
    file: string,
    segmentation: Segmentation,
    inspector: Pick<Inspector, 'renderPair' | 'renderOverlay'>,
  ): Promise<void>;
}

/** @throws {UsageError} when two pictures have one name, or there is no such folder and none can be made */
export async function openInferOutput(folder: string, files: readonly string[]): Promise<InferOutput> {
  const byName = new Map<string, string>();
  for (const file of files) {
    const other = byName.get(basename(file)) ?? file;
    if (other !== file) throw new UsageError(`--out takes pictures of different names: ${other} and ${file} have one`);
    byName.set(basename(file), file);
  }
  await orRefused(mkdir(folder, { recursive: true }));
  return {
    async write(file, segmentation, { renderPair, renderOverlay }) {
      const { mask, resized } = segmentation;
      const path = join(folder, basename(file));
      // First: the decoded picture is valid until the codec is called again.
      if (segmentation.objects !== undefined) {
        await orRefused(writeFile(`${path}.overlay.jpg`, await renderOverlay(segmentation)));
      }
      await orRefused(writeFile(`${path}.result.jpg`, await renderPair(segmentation)));
      await orRefused(writeFile(`${path}.mask.png`, await encodeMaskPng(mask, resized.width, resized.height)));
    },
  };
}

async function orRefused(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    throw folderFault('out', error);
  }
}
