/** The service makes /measures.js from its table of measures: what the page lists, in order. */
export const TERMS: readonly {
  readonly name: import('../domain/measures.ts').MeasureName;
  readonly label: string;
  readonly unit: import('../domain/measures.ts').MeasureUnit;
}[];
