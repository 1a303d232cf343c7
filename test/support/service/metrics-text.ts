/**
 * Reads Prometheus' text format into numbers by series, as `name` or `name{label="value",…}` the way it is written.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function parseMetrics(text: string): ReadonlyMap<string, number> {
  const series = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const at = line.lastIndexOf(' ');
    const name = line.slice(0, at);
    if (series.has(name)) throw new Error(`The series ${name} is there twice`);
    series.set(name, Number(line.slice(at + 1)));
  }
  return series;
}
