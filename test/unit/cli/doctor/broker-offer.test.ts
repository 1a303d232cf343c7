import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareOffer, judgeVersion } from '../../../../src/cli/doctor/broker-offer.js';
import { loadWith } from '../../../support/service/config-folder.js';

const plain = loadWith().config;
const withTopics = (...topics: string[]) => ({ ...plain, source: { ...plain.source, topics } });

for (const [title, offer, used, expected] of [
  ['a broker that limits nothing', {}, plain, []],
  ['QoS 0 only', { maximumQoS: 0 }, plain, [['FAULT', /QoS 0 only/]]],
  ['no retained messages', { retainAvailable: false }, plain, [['note', /no retained messages/]]],
  [
    'no wildcards, and wildcards in use',
    { wildcardSubscriptionAvailable: false },
    withTopics('a/#'),
    [['FAULT', /no wildcards/]],
  ],
  ['no wildcards, and none in use', { wildcardSubscriptionAvailable: false }, withTopics('a/b'), []],
  [
    'no shared subscriptions, and one in use',
    { sharedSubscriptionAvailable: false },
    withTopics('$share/g/a'),
    [['FAULT', /no shared/]],
  ],
  ['no shared subscriptions, and none in use', { sharedSubscriptionAvailable: false }, withTopics('a'), []],
  [
    'a packet limit below that of payloads',
    { maximumPacketSize: 1_048_576 },
    plain,
    [['note', /packets <= 1048576 bytes\. A larger picture never arrives.* 786432 bytes .*becomes a dead letter/]],
  ],
  ['a packet limit above that of payloads', { maximumPacketSize: 268_435_455 }, plain, []],
  [
    'a window below ours',
    { receiveMaximum: 1 },
    plain,
    [['note', /takes 1 unacknowledged results at a time, less than limits\.inFlight/]],
  ],
] as const) {
  test(`compareOffer() on ${title}`, () => {
    const findings = compareOffer(offer, used);
    assert.deepEqual(
      findings.map(({ kind }) => kind),
      expected.map(([kind]) => kind),
    );
    for (const [at, [, text]] of expected.entries()) assert.match(findings[at]?.text ?? '', text);
  });
}

for (const [version, isWarned] of [
  ['5.8.0', false],
  ['5.8.1', true],
  ['5.8.9', true],
  ['5.8.10', false],
  ['5.9.0', false],
  ['mosquitto version 2.0.11', false],
  [undefined, false],
] as const) {
  test(`judgeVersion() ${isWarned ? 'warns of' : 'has nothing against'} ${version}`, () => {
    assert.equal(judgeVersion(version).length === 1, isWarned);
  });
}
