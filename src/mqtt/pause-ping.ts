import type { MqttClient } from 'mqtt';

/**
 * Keeps a connection alive while its stream of messages is held. The client can't see a PINGRESP then, which waits
 * behind the messages, and would take the broker for dead; the broker would miss the client as well.
 *
 * @returns to be told when the stream is held and when it flows again
 */
export function createPausePing(client: Pick<MqttClient, 'connected' | 'keepalive' | 'sendPing' | 'reschedulePing'>) {
  let timer: NodeJS.Timeout | undefined;
  let lastPingAt = Number.NEGATIVE_INFINITY;

  function ping(): void {
    if (!client.connected) return;
    lastPingAt = performance.now();
    client.sendPing();
    client.reschedulePing(true); // counts as the answer that can't be seen
  }

  return (isPaused: boolean): void => {
    clearInterval(timer);
    const everyMs = client.keepalive * 500;
    if (!isPaused || everyMs === 0) return;
    // At once as well: the client's own ping may be due or unanswered. Not at every pause: many may come in a second.
    if (performance.now() - lastPingAt >= everyMs) ping();
    timer = setInterval(ping, everyMs);
  };
}
