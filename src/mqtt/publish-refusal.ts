/** What a broker's no to a publish means. */
import { ServiceError } from '../errors.js';

export const PACKET_TOO_LARGE = 0x95;
/** Not authorized, Topic Name invalid, Packet too large, Payload format invalid. */
const FOR_GOOD = new Set([0x87, 0x90, PACKET_TOO_LARGE, 0x99]);

/** Whether the same publish is never accepted; all other refusals (quota, unspecified …) may pass. */
export function isRefusedForGood(reasonCode: number): boolean {
  return FOR_GOOD.has(reasonCode);
}

/** The reason code that an error of MQTT.js carries; undefined when it is none of the broker's. */
export function reasonCodeOf(error: unknown): number | undefined {
  const isCoded = typeof error === 'object' && error !== null && 'code' in error;
  return isCoded && typeof error.code === 'number' ? error.code : undefined;
}

export function tooLarge(topic: string, sizeBytes: number, maximumBytes: number): ServiceError {
  const text = `Cannot publish to ${topic} as the broker takes packets <= ${maximumBytes} bytes: current size is ${sizeBytes}`;
  return new ServiceError('ERR_RESULT_TOO_LARGE', text, { details: { topic, sizeBytes, maximumBytes } });
}

export function refused(topic: string, reasonCode: number, cause: unknown): ServiceError {
  const text = `Cannot publish to ${topic} as the broker must accept it: reason code is 0x${reasonCode.toString(16)}`;
  return new ServiceError('ERR_RESULT_REFUSED', text, { cause, details: { topic, reasonCode } });
}
