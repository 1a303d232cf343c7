/**
 * Topic names and topic filters: validity, matching, overlap. Pure.
 * @see MQTT 5.0, 4.7 Topic Names and Topic Filters, 4.8.2 Shared Subscriptions
 */

import { isFitText } from '../domain/mqtt-text.js';

const SHARED = /^\$share\/([^/+#]+)\/(.+)$/s;

/** A topic that may be published to: not empty, fit for every broker (at most 65 535 bytes of UTF-8), no wildcard. */
export function isTopicName(text: string): boolean {
  return isTopicText(text) && !/[+#]/.test(text);
}

/** A filter that may be subscribed to, `$share/<group>/<filter>` included. */
export function isTopicFilter(text: string): boolean {
  if (!isTopicText(text)) return false;
  if (text.startsWith('$share/') && !SHARED.test(text)) return false; // [MQTT-4.8.2-1], [MQTT-4.8.2-2]
  const levels = subscribedFilter(text).split('/');
  return levels.every((level, index) => {
    if (level === '#') return index === levels.length - 1; // [MQTT-4.7.1-1]
    return level === '+' || !/[+#]/.test(level); // [MQTT-4.7.1-2]
  });
}

/** The filter that decides which topics match: that of a shared subscription without `$share/<group>/`. */
export function subscribedFilter(filter: string): string {
  return SHARED.exec(filter)?.[2] ?? filter;
}

/** Whether a message on `topic` reaches a subscription to `filter`; both are valid. */
export function matchesFilter(filter: string, topic: string): boolean {
  return levelsOverlap(subscribedFilter(filter).split('/'), topic.split('/'));
}

/**
 * Whether every topic that matches `filter` matches `wider` as well; never of a shared subscription, whose messages may
 * go elsewhere.
 */
export function coversFilter(wider: string, filter: string): boolean {
  if (SHARED.test(wider) || SHARED.test(filter)) return wider === filter;
  const others = filter.split('/');
  const levels = wider.split('/');
  if (hidesFrom(others[0], levels[0])) return false;
  for (let index = 0; index < levels.length; index += 1) {
    const level = levels[index];
    const other = others[index];
    if (level === '#') return true; // `a/#` matches `a` as well
    if (other === undefined || other === '#' || (level !== '+' && level !== other)) return false;
  }
  return levels.length === others.length;
}

/** Whether any topic matches both filters. Symmetric. */
export function filtersOverlap(one: string, other: string): boolean {
  return levelsOverlap(subscribedFilter(one).split('/'), subscribedFilter(other).split('/'));
}

/** The id of a message that no configured filter matches: the session still has a filter of a former configuration. */
export const OTHER_FILTER = 'other';

/** Ids of all filters that deliveries may come in by: one a configured filter, and OTHER_FILTER. */
export function filterIds(topics: readonly string[]): string[] {
  return [...topics.keys()].map(String).concat(OTHER_FILTER);
}

export interface Feedback {
  readonly input: string;
  readonly output: string;
}

/** Every pair where what we publish (topics, or filters of all that a template may produce) comes back as input. */
export function findFeedback(inputs: readonly string[], outputs: readonly string[]): Feedback[] {
  return inputs.flatMap((input) =>
    outputs.filter((output) => filtersOverlap(input, output)).map((output) => ({ input, output })),
  );
}

function isTopicText(text: string): boolean {
  return text !== '' && isFitText(text);
}

/** A topic name is a filter without wildcards, so matching is overlap with it. */
function levelsOverlap(one: readonly string[], other: readonly string[]): boolean {
  for (let index = 0; ; index += 1) {
    const a = one[index];
    const b = other[index];
    if (index === 0 && (hidesFrom(a, b) || hidesFrom(b, a))) return false;
    if (a === '#' || b === '#') return true; // `a/#` matches `a` as well: the other may have ended here
    if (a === undefined || b === undefined) return a === b;
    if (a !== b && a !== '+' && b !== '+') return false;
  }
}

/** A filter that starts with a wildcard doesn't match a topic that starts with `$` [MQTT-4.7.2-1]. */
function hidesFrom(topicLevel: string | undefined, filterLevel: string | undefined): boolean {
  return topicLevel?.startsWith('$') === true && (filterLevel === '+' || filterLevel === '#');
}
