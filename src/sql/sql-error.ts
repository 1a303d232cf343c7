/** A statement that is refused, in eKuiper's words: people and their programs know those. */
export class SqlError extends Error {
  override readonly name = 'SqlError';
}

/** A row that cannot be judged or projected, in eKuiper's words. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
}
