/** The stream of a message that no configured filter matches: the session still has a filter of a former configuration. */
export const OTHER_STREAM = 'other';

/** Ids of all streams that deliveries may have: one a configured filter, and OTHER_STREAM. */
export function streamIds(topics: readonly string[]): string[] {
  return [...topics.keys()].map(String).concat(OTHER_STREAM);
}
