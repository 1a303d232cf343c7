import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pictureTopic } from '../../../src/cli/pictures.js';
import type { Config } from '../../../src/config/config.js';

const from = (...topics: string[]) => ({ source: { topics } as unknown as Config['source'] });

for (const [title, topics, given, expected] of [
  ['is the first without wildcards', ['line/+/camera', 'gate'], undefined, 'gate'],
  ['of a shared subscription is what is shared', ['$share/line/pictures'], undefined, 'pictures'],
  ['is the one that is given', ['line/+/camera', 'gate'], 'line/3/camera', 'line/3/camera'],
] as const) {
  test(`pictureTopic() ${title}`, () => {
    assert.equal(pictureTopic('feed', from(...topics), given), expected);
  });
}

for (const [title, given, rule] of [
  ['none without wildcards and none given', undefined, /verify needs --topic TOPIC/],
  ['one with wildcards', 'line/+/camera', /--topic takes a topic without wildcards: "line\/\+\/camera"/],
] as const) {
  test(`pictureTopic() refuses ${title}`, () => {
    assert.throws(() => pictureTopic('verify', from('line/+/camera'), given), rule);
  });
}
