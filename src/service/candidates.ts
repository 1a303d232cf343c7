/** The candidates of all models, at most one each. */
import type { Pool } from '../pool/pool.js';
import { createSharedExclusiveLock } from '../std/shared-exclusive-lock.js';
import { openShadow, type Shadow, type ShadowContext, type ShadowOptions } from './shadow.js';

export interface Candidates {
  /** By id of the model. */
  of(id: string): Shadow | undefined;
  /** In place of the one before, once it is ready. @throws {ServiceError} and the one before stays */
  open(options: ShadowOptions): Promise<void>;
  close(id: string): Promise<void>;
  /** Ends those of models that are gone. */
  keep(ids: ReadonlySet<string>): void;
  /** No more come. Resolves to the number of threads that native code still holds. */
  closeAll(): Promise<number>;
}

export function createCandidates(context: ShadowContext, pool: Pick<Pool, 'hasSpareTime'>): Candidates {
  const shadows = new Map<string, Shadow>();
  const lock = createSharedExclusiveLock();
  let isClosed = false;

  async function close(id: string): Promise<void> {
    const shadow = shadows.get(id);
    shadows.delete(id); // no further picture is compared
    await shadow?.close();
  }

  return {
    of: (id) => shadows.get(id),
    open: (options) =>
      lock.exclusive(async () => {
        const { id } = options.model.entry;
        const shadow = await openShadow(context, pool, options);
        const former = shadows.get(id);
        shadows.set(id, shadow);
        await former?.close();
        if (isClosed) await close(id);
      }),
    close: (id) => lock.exclusive(() => close(id)),
    keep(ids) {
      for (const id of shadows.keys()) if (!ids.has(id)) void lock.exclusive(() => close(id));
    },
    async closeAll() {
      isClosed = true;
      const held = await Promise.all([...shadows.values()].map((shadow) => shadow.end()));
      return held.reduce((sum, count) => sum + count, 0);
    },
  };
}
