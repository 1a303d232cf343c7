import type { Pace } from './pace.js';
import type { Slot } from './slot.js';

/** The worker that gets the next job; undefined: it waits. */
export function slotForNext(slots: readonly Slot[], pace: Pace, nowMs: number): Slot | undefined {
  const isQuick = (slot: Slot) => !slot.isRetrying && !pace.isLong(nowMs - (slot.workingSinceMs ?? nowMs));
  let quick = 0;
  let leastLoaded: Slot | undefined;
  for (const slot of slots) {
    if (slot.state !== 'busy' || !isQuick(slot)) continue;
    quick += 1;
    if (slot.load < (leastLoaded?.load ?? pace.depth)) leastLoaded = slot;
  }
  const idle = quick < pace.workers ? slots.find(({ state }) => state === 'idle') : undefined;
  return idle ?? leastLoaded;
}
