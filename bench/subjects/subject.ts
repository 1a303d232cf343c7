/** What is measured: one or more running processes that turn pictures on one topic into results on another. */

export interface Subject extends AsyncDisposable {
  /** Column of the table. */
  readonly name: string;
  readonly topicIn: string;
  readonly topicOut: string;
  /** Every process that does its work. */
  readonly pids: readonly number[];
  /** From the start of the process to its first being ready. */
  readonly startMs: number;
}

export interface SubjectOptions {
  readonly name: string;
  readonly port: number;
  /** Path of the .xml. */
  readonly model: string;
  readonly precision: 'f32' | 'bf16';
}

export function topicsOf(name: string): { topicIn: string; topicOut: string } {
  const level = name.replaceAll(/[^a-z0-9]/gi, '-');
  return { topicIn: `bench/${level}/in`, topicOut: `bench/${level}/out` };
}

/** Starts them one after the other, and ends them all after `body`. */
export async function withSubjects<S extends Subject, T>(
  starts: readonly (() => Promise<S>)[],
  body: (subjects: readonly S[]) => Promise<T>,
): Promise<T> {
  const subjects: S[] = [];
  try {
    for (const start of starts) subjects.push(await start());
    return await body(subjects);
  } finally {
    for (const subject of subjects) await subject[Symbol.asyncDispose]();
  }
}
