/**
 * The retained message on `flawline/<clientId>/state`. It belongs to the source's connection: `offline` is the will of
 * that connection and `online` is published on it, so the broker sees the two in the order in which they happened.
 */
export interface StateMessage {
  readonly state: 'online' | 'offline';
  /** The filters that the session is subscribed to: a later process with other filters unsubscribes what is left over. */
  readonly topics: readonly string[];
}

export function stateTopic(clientId: string): string {
  return `flawline/${clientId}/state`;
}

export function formatState(message: StateMessage): string {
  return JSON.stringify(message);
}

/** The topic filters that a state message names; none when it is not ours or broken. */
export function topicsOfState(payload: Uint8Array): string[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
    if (typeof parsed !== 'object' || parsed === null || !('topics' in parsed)) return [];
    return Array.isArray(parsed.topics) ? parsed.topics.filter((topic) => typeof topic === 'string') : [];
  } catch {
    return [];
  }
}
