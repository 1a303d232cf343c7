/**
 * Something that the service does beside pictures and results on a connection that they need: requests, the retained
 * state, health. A broker that does not allow it may close the connection for it; then the task is given up, not the
 * connection.
 *
 * After a connection that was closed while the task was unanswered, it is begun only on connections that have proved to
 * work, so that a network that fails is not held against it. Three such closings in a row turn it off.
 */
const CLOSINGS = 3;

export interface SideTask {
  /** A connection is there. Returns whether to begin the task on it now. */
  atReady(): boolean;
  /** The connection has proved to work. Returns whether to begin the task on it now. */
  atProved(): boolean;
  /** The broker answered, be it with a refusal, or has kept the connection for a while. */
  answered(): void;
  /** The connection is closed. */
  closed(): void;
  readonly isOff: boolean;
}

/** @param onOff called once, when the task is given up until the next start */
export function createSideTask(onOff: () => void): SideTask {
  let closings = 0;
  let isUnanswered = false;
  let hasBegun = false;

  function begin(): boolean {
    hasBegun = true;
    isUnanswered = true;
    return true;
  }

  return {
    get isOff() {
      return closings === CLOSINGS;
    },
    atReady: () => closings === 0 && begin(),
    atProved: () => closings > 0 && closings < CLOSINGS && !hasBegun && begin(),
    answered() {
      isUnanswered = false;
      closings = 0;
    },
    closed() {
      hasBegun = false;
      if (!isUnanswered) return;
      isUnanswered = false;
      closings += 1;
      if (closings === CLOSINGS) onOff();
    },
  };
}
