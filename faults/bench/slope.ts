/** How fast something grows, and how well that is known. */
export interface Slope {
  /** Of y for one of x. */
  readonly slope: number;
  /** Standard error of the slope. */
  readonly error: number;
}

/** Least squares through points of at least three different x. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): Slope {
  const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  const sum = (term: (x: number, y: number) => number) =>
    points.reduce((total, [x, y]) => total + term(x - meanX, y - meanY), 0);
  const spread = sum((x) => x * x);
  const slope = sum((x, y) => x * y) / spread;
  const variance = sum((x, y) => (y - slope * x) ** 2) / (points.length - 2);
  return { slope, error: Math.sqrt(variance / spread) };
}

/** The smallest y of each interval of x, at its beginning: what is left when the garbage is gone. */
export function floorOf(points: readonly (readonly [x: number, y: number])[], interval: number): [number, number][] {
  const floor = new Map<number, number>();
  for (const [x, y] of points) {
    const start = Math.floor(x / interval) * interval;
    floor.set(start, Math.min(y, floor.get(start) ?? Number.POSITIVE_INFINITY));
  }
  return [...floor];
}
