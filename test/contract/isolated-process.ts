import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Job } from '../../src/domain/inspection.js';
import type { SpawnIsolatedProcess } from '../../src/quarantine/isolated-process.js';

/** What becomes of a process that has the culprit. */
export type Fate = 'throws' | 'crashes' | 'exits' | 'is killed' | 'hangs' | 'cannot start';

export interface IsolatedProcessCase {
  readonly name: string;
  readonly healthy: Job;
  readonly culprit: Job;
  /** Processes that live with the healthy picture, and meet this fate with the culprit. `patience`: how long one may take. */
  spawner(fate: Fate, patience: 'short' | 'long'): Promise<SpawnIsolatedProcess>;
}

const ENDS = [
  ['throws', 'survived'],
  ['crashes', 'crashed'],
  ['exits', 'crashed'],
  ['is killed', 'killed'],
  ['hangs', 'late'],
  ['cannot start', 'could-not-start'],
] as const;

const ignore = () => undefined;

/** What the runner relies on: nobody but a picture that crashes its process is ever said to have done so. */
export function isolatedProcessContract({ name, healthy, culprit, spawner }: IsolatedProcessCase): void {
  describe(`IsolatedProcess contract: ${name}`, () => {
    for (const [fate, end] of ENDS) {
      it(`inspect() says ${end} when the process ${fate}`, async () => {
        const child = (await spawner(fate, fate === 'hangs' ? 'short' : 'long'))();
        let starts = 0;
        assert.equal((await child.inspect(culprit, () => (starts += 1))).end, end);
        assert.equal(starts, end === 'could-not-start' ? 0 : 1, 'calls of onStart');
        child.end();
      });
    }

    it('inspect() takes one picture after the other', async () => {
      const child = (await spawner('crashes', 'long'))();
      const ends = [
        await child.inspect(healthy, ignore),
        await child.inspect(healthy, ignore),
        await child.inspect(culprit, ignore),
      ];
      assert.deepEqual(
        ends.map(({ end }) => end),
        ['survived', 'survived', 'crashed'],
      );
    });

    it('inspect() says killed when the process is gone', async () => {
      const child = (await spawner('crashes', 'long'))();
      await child.inspect(culprit, ignore);
      assert.equal((await child.inspect(healthy, ignore)).end, 'killed');
    });

    it('end() ends the process, whatever it does', async () => {
      const child = (await spawner('hangs', 'long'))();
      await child.inspect(healthy, ignore);
      const attempt = child.inspect(culprit, ignore);
      child.end();
      assert.equal((await attempt).end, 'killed');
    });
  });
}
