/** Below this a copy costs less than the trouble. */
const LARGE_BYTES = 8 * 1024;

/**
 * A payload for MQTT.js, without a copy. To send it again after a reconnect MQTT.js keeps a deep clone of every QoS 1
 * packet, half a megabyte for each result, although the sink sends again by itself. Its clone of a Buffer is
 * `Buffer.from(buffer)`, which asks for `valueOf` first: a payload that has its memory for itself names that, and is
 * shared instead of copied. Memory that is lent may be longer than the payload, so what MQTT.js keeps must never be
 * sent: the sink takes it back at every close.
 */
export function keptAsItIs(payload: Uint8Array): Buffer {
  const { buffer: memory, byteOffset, byteLength } = payload;
  const buffer = Buffer.from(memory, byteOffset, byteLength);
  const hasItForItself = byteLength === memory.byteLength || memory instanceof SharedArrayBuffer;
  if (byteLength < LARGE_BYTES || !hasItForItself) return buffer;
  return Object.defineProperty(buffer, 'valueOf', { value: () => memory });
}
