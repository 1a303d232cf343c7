import type { MqttClient } from 'mqtt';
import type { MqttStream } from './puback.js';

/**
 * So much of a held stream is read ahead of its messages: the answer to a ping stands behind what the broker had sent
 * before. With more than that before it, nothing can be said.
 */
const READ_AHEAD_BYTES = 2 ** 20;
const MAX_SILENT_PINGS = 2;

export type PingingClient = Pick<MqttClient, 'connected' | 'keepalive' | 'sendPing' | 'reschedulePing'> & {
  readonly stream: Pick<MqttStream, 'read' | 'readableLength'> & { readonly bytesRead?: number };
};

/**
 * Keeps a connection alive while its stream of messages is held. The client can't see a PINGRESP then, which waits
 * behind the messages, and would take the broker for dead; the broker would miss the client as well. Nor would the
 * client see that the broker is dead: bytes that come in, of whatever packet, are taken for life, two pings without any
 * for death. Not over WebSockets, which do not tell their bytes: there it shows when the stream flows again.
 *
 * @param onSilent the broker is dead, noticed within 1.5 × keepalive; the connection is to be destroyed
 * @returns to be told when the stream is held and when it flows again
 */
export function createPausePing(client: PingingClient, onSilent: () => void) {
  let timer: NodeJS.Timeout | undefined;
  let lastPingAt = Number.NEGATIVE_INFINITY;
  let lastStream: PingingClient['stream'] | undefined;
  let lastBytes: number | undefined;
  let silentPings = 0;

  function ping(): void {
    if (!client.connected) return;
    const { stream } = client;
    const bytes = stream.readableLength < READ_AHEAD_BYTES ? stream.bytesRead : undefined;
    const isSilent = stream === lastStream && bytes !== undefined && bytes === lastBytes;
    silentPings = isSilent ? silentPings + 1 : 0;
    lastStream = stream;
    lastBytes = bytes;
    if (silentPings === MAX_SILENT_PINGS) {
      onSilent();
      return;
    }
    lastPingAt = performance.now();
    client.sendPing();
    client.reschedulePing(true); // counts as the answer that can't be seen
    // More than there is: takes nothing out, but lets so much be read into the stream's buffer.
    if (bytes !== undefined) stream.read(READ_AHEAD_BYTES);
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
