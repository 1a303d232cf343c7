/** The model of the tests: with its self-test entry for real engines, without it for the fake. */
import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../../src/std/package-root.js';

export const TEST_MODEL = fileURLToPath(new URL('../../../../models/test-unet', import.meta.url));

/** The fake engine computes something else than the model: its self-test entry would not hold. */
export async function modelWithoutSelfTest(): Promise<string> {
  const folder = join(packageRoot, 'build', 'fake-model'); // of this checkout: users share the system's folder
  await mkdir(folder, { recursive: true });
  // Written beside and renamed: other tests may be reading it.
  for (const name of ['model.xml', 'model.bin']) {
    const copy = join(folder, `${name}.${randomUUID()}`);
    await copyFile(join(TEST_MODEL, name), copy);
    await rename(copy, join(folder, name));
  }
  return folder;
}
