/** Every topic that is published to, from what decides it, and what the retained state says. Pure. */
import { createTopicTemplate, type TopicTemplate } from './template.js';

export interface OutputTopicsOptions {
  readonly clientId: string;
  /** Valid templates, with the topic filters of the pictures that the rule judges. */
  readonly rules: readonly { readonly id: string; readonly topic: string; readonly inputs: readonly string[] }[];
  /** May hold {clientId}. */
  readonly deadLetter: string;
}

export interface OutputTopics {
  /** By rule. */
  readonly results: ReadonlyMap<string, TopicTemplate>;
  /** Filters that match every topic results go to. */
  readonly resultFilters: readonly string[];
  readonly deadLetter: string;
  readonly health: string;
  readonly state: string;
  /** Matches the topic of every camera's state. */
  readonly cameraStates: string;
}

/**
 * @throws {ServiceError} ERR_CONFIG for an unknown placeholder, ERR_RESULT_REFUSED for dead letters that need an input
 */
export function createOutputTopics({ clientId, rules, deadLetter }: OutputTopicsOptions): OutputTopics {
  const results = new Map(rules.map(({ id, topic }) => [id, createTopicTemplate(topic, { rule: id, clientId })]));
  const filters = rules.flatMap(({ id, inputs }) => inputs.map((filter) => results.get(id)?.filterFor(filter) ?? ''));
  return {
    results,
    resultFilters: [...new Set(filters)],
    deadLetter: createTopicTemplate(deadLetter, { rule: '', clientId }).render(''),
    health: `flawline/${clientId}/health`,
    state: stateTopic(clientId),
    cameraStates: cameraStateTopic(clientId, '+'),
  };
}

/**
 * The retained message on `flawline/<clientId>/state`. It belongs to the source's connection: `offline` is the will of
 * that connection and `online` is published on it, so the broker sees the two in the order in which they happened.
 */
export interface StateMessage {
  readonly state: 'online' | 'offline';
  /**
   * The filters that the session is subscribed to: a later process with other filters unsubscribes what is left over.
   */
  readonly topics: readonly string[];
}

export function stateTopic(clientId: string): string {
  return `flawline/${clientId}/state`;
}

/** @param camera a name of camera-name.ts, which fits in a level */
export function cameraStateTopic(clientId: string, camera: string): string {
  return `flawline/${clientId}/camera/${camera}/state`;
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
