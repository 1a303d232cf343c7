/** What a broker offers against what the service uses of it. Pure. */
import type { IConnackPacket } from 'mqtt';
import type { Config } from '../../config/config.js';
import { isTopicName, subscribedFilter } from '../../topics/topic.js';

export interface Finding {
  /** A fault: the service cannot do its work. A warning: it works, and something is lost or dangerous. A note: good to know. */
  readonly kind: 'FAULT' | 'warning' | 'note';
  readonly text: string;
}

type Used = Pick<Config, 'limits' | 'mqtt' | 'source'>;

/** @param offer properties of the CONNACK; an absent one has the default that MQTT 5 gives it */
export function compareOffer(offer: NonNullable<IConnackPacket['properties']>, used: Used): Finding[] {
  const { maximumQoS, retainAvailable, maximumPacketSize, receiveMaximum } = offer;
  const findings: Finding[] = [];
  const find = (kind: Finding['kind'], text: string): void => void findings.push({ kind, text });
  if (maximumQoS === 0) find('FAULT', 'the broker offers QoS 0 only: neither pictures nor results are acknowledged');
  if (retainAvailable === false) {
    find(
      'note',
      'the broker keeps no retained messages: who subscribes to the state of the service later does not see it',
    );
  }
  if (offer.wildcardSubscriptionAvailable === false && used.source.topics.some(hasWildcards)) {
    find('FAULT', 'the broker takes no wildcards in subscriptions: name each topic in source.topics');
  }
  if (offer.sharedSubscriptionAvailable === false && used.source.topics.some(isShared)) {
    find('FAULT', 'the broker takes no shared subscriptions: name the topics without $share in source.topics');
  }
  if (maximumPacketSize !== undefined && maximumPacketSize < used.limits.maxPayloadBytes) {
    find('note', packetText(maximumPacketSize, used.limits.maxPayloadBytes));
  }
  if (receiveMaximum !== undefined && receiveMaximum < used.limits.inFlight) {
    find(
      'note',
      `the broker takes ${receiveMaximum} unacknowledged results at a time, less than limits.inFlight (${used.limits.inFlight}); ` +
        'if it sends no more pictures at a time either (mqtt.max_inflight on EMQX), workers wait for the network: raise its limit',
    );
  }
  return findings;
}

/** EMQX 5.8.1 to 5.8.9 lose messages of durable sessions at a reconnect. @see docs/deploy.md */
export function judgeVersion(version: string | undefined): Finding[] {
  const durable = /^v?5\.8\.[1-9]\b/.test(version ?? '');
  if (!durable) return [];
  const text = `EMQX ${version} loses messages of durable sessions at each reconnect: keep durable_sessions.enable off there`;
  return [{ kind: 'warning', text }];
}

export function isShared(filter: string): boolean {
  return filter.startsWith('$share/');
}

function hasWildcards(filter: string): boolean {
  return !isTopicName(subscribedFilter(filter));
}

function packetText(maximumBytes: number, maxPayloadBytes: number): string {
  const photo = Math.floor((maximumBytes * 3) / 4);
  return (
    `the broker takes packets <= ${maximumBytes} bytes. A larger picture never arrives: the broker refuses it, in JSON from about ` +
    `${photo} bytes of picture file on. A result holds the original and the processed picture; a larger one becomes a dead letter. ` +
    `limits.maxPayloadBytes is ${maxPayloadBytes}: raise the broker's limit, or use raw pictures and result.encoding: binary`
  );
}
