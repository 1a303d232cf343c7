/** Suspect processes that do what a test tells them: stand in for isolatedProcessSpawner, and held to the same contract suite. */
import type { Attempt, SpawnIsolatedProcess } from '../../../src/quarantine/isolated-process.js';

export interface FakeIsolatedProcesses {
  readonly spawn: SpawnIsolatedProcess;
  /** The pictures that each process was given, as text. */
  readonly given: readonly (readonly string[])[];
  /** Whether each process was told to end. */
  readonly ended: readonly boolean[];
}

/**
 * @param endOf what becomes of a process with a picture that is tried for the n-th time, counted from 1; undefined: it never
 * answers
 */
export function fakeIsolatedProcesses(
  endOf: (picture: string, time: number) => Attempt | undefined,
): FakeIsolatedProcesses {
  const given: string[][] = [];
  const ended: boolean[] = [];
  return {
    given,
    ended,
    spawn() {
      const own: string[] = [];
      const number = given.push(own) - 1;
      ended.push(false);
      let ack: ((attempt: Attempt) => void) | undefined;
      let isGone = false;
      return {
        inspect({ payload }, onStart) {
          const picture = Buffer.from(payload).toString();
          const attempt = isGone ? KILLED : endOf(picture, given.flat().filter((each) => each === picture).length + 1);
          own.push(picture);
          if (!isGone && attempt?.end !== 'could-not-start') onStart();
          isGone ||= attempt !== undefined && attempt.end !== 'survived';
          if (attempt !== undefined) return Promise.resolve(attempt);
          return new Promise((resolve) => {
            ack = resolve;
          });
        },
        end() {
          ended[number] = true;
          isGone = true;
          ack?.(KILLED);
        },
      };
    },
  };
}

const KILLED: Attempt = { end: 'killed', how: 'SIGKILL' };
