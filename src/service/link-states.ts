/** How each connection to a broker is, and when it last changed, for people who look. */

/** Times in milliseconds since the epoch; 0: never. */
export interface LinkState {
  readonly isConnected: boolean;
  readonly lastConnectedMs: number;
  readonly lastDisconnectedMs: number;
  /** Why it is not connected; '' while it is. */
  readonly lastDisconnectedMessage: string;
  readonly lastTryMs: number;
}

export interface LinkStates {
  /** @param name of the connection among all */
  report(name: string, isConnected: boolean, reason: string | undefined): void;
  forget(name: string): void;
  of(name: string): LinkState;
}

const NEVER: LinkState = {
  isConnected: false,
  lastConnectedMs: 0,
  lastDisconnectedMs: 0,
  lastDisconnectedMessage: '',
  lastTryMs: 0,
};

/** @param nowMs milliseconds since the epoch */
export function createLinkStates(nowMs: () => number): LinkStates {
  const states = new Map<string, LinkState>();
  return {
    report(name, isConnected, reason) {
      const now = nowMs();
      const former = states.get(name) ?? NEVER;
      const next = { ...former, isConnected, lastTryMs: former.isConnected && isConnected ? former.lastTryMs : now };
      if (isConnected) {
        states.set(name, {
          ...next,
          lastConnectedMs: former.isConnected ? former.lastConnectedMs : now,
          lastDisconnectedMessage: '',
        });
      } else {
        const lastDisconnectedMs = former.isConnected ? now : former.lastDisconnectedMs;
        states.set(name, { ...next, lastDisconnectedMs, lastDisconnectedMessage: reason ?? 'not connected' });
      }
    },
    forget: (name) => void states.delete(name),
    of: (name) => states.get(name) ?? NEVER,
  };
}
