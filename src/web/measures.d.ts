/** The service makes /measures.js from its table of measures: what the page lists, in order. */
export const TERMS: readonly {
  readonly name: import('../domain/measures.js').MeasureName;
  readonly label: string;
  readonly unit: import('../domain/measures.js').MeasureUnit;
}[];
