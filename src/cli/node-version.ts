/** Whether this Node can run flawline: older ones end in the middle, at something that they do not have. */

/**
 * The sentence to show; undefined when it can.
 * @param version of this Node, `18.20.8`
 * @param least `20.19`
 */
export function nodeFault(version: string, least: string): string | undefined {
  if (version.localeCompare(least, 'en', { numeric: true }) >= 0) return undefined;
  return `Cannot run as Node must be ${least} or newer: ${version}. See https://nodejs.org/en/download`;
}
