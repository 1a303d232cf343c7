/** What is in the folder of kept pictures, in memory: how much, and what goes first. */

export interface StockItem {
  /** MODEL/NAME. */
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly receivedAtMs: number;
  /** Of all of its files. */
  readonly bytes: number;
  readonly isJudged: boolean;
}

export interface StockCounts {
  readonly unjudged: number;
  readonly judged: number;
  readonly bytes: number;
}

export interface Stock {
  put(item: StockItem): void;
  remove(key: string): void;
  get(key: string): StockItem | undefined;
  counts(): StockCounts;
  /** Newest first. */
  items(): readonly StockItem[];
  /** Those that nobody has judged for longer than `maxAgeMs`. */
  overdue(nowMs: number, maxAgeMs: number): readonly StockItem[];
  /**
   * What has to go so that `bytes` more are at most `maxBytes`: the oldest that nobody has judged. Undefined: that would
   * not be enough, as the work of people stays.
   */
  roomFor(bytes: number, maxBytes: number): readonly StockItem[] | undefined;
}

export function createStock(): Stock {
  const items = new Map<string, StockItem>();
  let bytes = 0;
  let judged = 0;

  function remove(key: string): void {
    const item = items.get(key);
    if (item === undefined) return;
    items.delete(key);
    bytes -= item.bytes;
    if (item.isJudged) judged -= 1;
  }

  const oldestFirst = () => [...items.values()].sort((a, b) => a.receivedAtMs - b.receivedAtMs);

  return {
    put(item) {
      remove(item.key);
      items.set(item.key, item);
      bytes += item.bytes;
      if (item.isJudged) judged += 1;
    },
    remove,
    get: (key) => items.get(key),
    counts: () => ({ unjudged: items.size - judged, judged, bytes }),
    items: () => oldestFirst().reverse(),
    overdue: (nowMs, maxAgeMs) =>
      [...items.values()].filter(({ isJudged, receivedAtMs }) => !isJudged && nowMs - receivedAtMs > maxAgeMs),
    roomFor(wanted, maxBytes) {
      let excess = bytes + wanted - maxBytes;
      if (excess <= 0) return [];
      const going: StockItem[] = [];
      for (const item of oldestFirst()) {
        if (item.isJudged) continue;
        going.push(item);
        excess -= item.bytes;
        if (excess <= 0) return going;
      }
      return undefined;
    },
  };
}
