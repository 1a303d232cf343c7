/** The second compilation of each model: made when pictures are alone often enough, freed when they are no more. */
import type { StartedPool } from '../pool/start-pool.js';
import type { Log } from '../std/logger.js';

export interface LatencyModes {
  /** Whether pictures are alone often enough; at first they are not. */
  want(isWanted: boolean): void;
  /** There are other models than before. */
  modelsChanged(): void;
}

export interface LatencyModesParts {
  readonly started: Pick<StartedPool, 'pool' | 'enableLatencyMode' | 'disableLatencyMode'>;
  /** Of the models that there are now. */
  readonly keys: () => Iterable<string>;
  readonly log: Log;
  /** Aborts when the service stops. */
  readonly signal: AbortSignal;
  /** A compilation was made or freed. */
  readonly onChange: () => void;
}

export function createLatencyModes({ started, keys, log, signal, onChange }: LatencyModesParts): LatencyModes {
  const { pool } = started;
  let isWanted = false;
  /** Models that have one, or could not get one. */
  const tried = new Set<string>();
  let last = Promise.resolve();

  async function adapt(): Promise<void> {
    for (const key of [...keys()]) {
      if (signal.aborted) return;
      if (isWanted === tried.has(key)) continue;
      try {
        if (isWanted) await enable(key);
        else await disable(key);
      } catch (error) {
        if (!signal.aborted) {
          log.warn({ err: error }, 'latency mode is unavailable: pictures are inferred in throughput mode');
        }
      }
      onChange();
    }
  }

  async function enable(key: string): Promise<void> {
    tried.add(key);
    const handle = (await pool.models()).find(({ setup }) => setup.key === key);
    if (handle !== undefined) await started.enableLatencyMode(handle);
  }

  async function disable(key: string): Promise<void> {
    tried.delete(key);
    await started.disableLatencyMode(key);
  }

  function adaptNext(): void {
    last = last.then(adapt);
  }

  return {
    want(wanted) {
      isWanted = wanted;
      adaptNext();
    },
    modelsChanged: adaptNext,
  };
}
