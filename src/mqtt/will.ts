/**
 * The last will in the form that the broker takes: some have no retained messages, some no QoS 1, some no right to it.
 */
import type { IClientOptions } from 'mqtt';
import type { Log } from './observer.js';

export interface Will {
  readonly topic: string;
  readonly payload: string;
}

interface Form {
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

/** From what is wanted to nothing at all. */
const FORMS: readonly (Form | undefined)[] = [
  { qos: 1, retain: true },
  { qos: 0, retain: true },
  { qos: 0, retain: false },
  undefined,
];
const RETAIN_NOT_SUPPORTED = 0x9a;
const QOS_NOT_SUPPORTED = 0x9b;
export interface WillFallback {
  /** MQTT.js's option for the next attempt. */
  readonly option: IClientOptions['will'];
  /** Whether retained messages seem to be allowed. */
  readonly isRetained: boolean;
  /** CONNACK refused the attempt. */
  refused(reasonCode: number): void;
  /** The attempt ended before CONNACK, without a word. */
  closed(): void;
  /**
   * CONNACK accepted the attempt. Returns false when the connection is to be closed and tried again: the better forms
   * were answered by a close, and what is between here and the broker may have done that while the broker was away.
   */
  accepted(): boolean;
}

export function createWillFallback(will: Will | undefined, log: Log): WillFallback {
  /** No better form is tried. */
  let best = 0;
  let index = 0;
  /** The best form was accepted once: a close before CONNACK is not its fault. */
  let isProven = will === undefined;
  let isConfirming = false;

  return {
    get option() {
      const form = FORMS[index];
      if (will === undefined || form === undefined) return undefined;
      return { topic: will.topic, payload: Buffer.from(will.payload), ...form };
    },
    get isRetained() {
      return FORMS[index]?.retain === true;
    },
    refused(reasonCode) {
      if (reasonCode === QOS_NOT_SUPPORTED) best = Math.max(best, 1);
      if (reasonCode === RETAIN_NOT_SUPPORTED) best = Math.max(best, 2);
      index = best;
    },
    closed() {
      if (!isProven) index = index + 1 < FORMS.length ? index + 1 : best;
    },
    accepted() {
      if (index > best && !isConfirming) {
        isConfirming = true;
        index = best;
        return false;
      }
      best = index;
      if (index > 0 && !isProven) {
        log.warn(
          { topic: will?.topic, will: FORMS[index] ?? 'none' },
          'the broker does not accept the last will as it should be (QoS 1, retained): connected with less; state.enabled: false turns state and will off',
        );
      }
      isProven = true;
      return true;
    },
  };
}
