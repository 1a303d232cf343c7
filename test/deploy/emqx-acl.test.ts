/**
 * The access list for EMQX, by its own text. What would go wrong: the service publishes to a topic of a new kind, or asks for
 * one, and under the TLS override it is refused.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadConfig } from '../../src/config/load.js';
import { createTopics } from '../../src/service/live-catalogue.js';
import { packageRoot } from '../../src/std/package-root.js';
import { matchesFilter } from '../../src/topics/topic.js';

type Action = 'publish' | 'subscribe';

interface Rule {
  readonly user: string;
  readonly action: Action;
  readonly topics: readonly string[];
}

const text = readFileSync(join(packageRoot, 'deploy/emqx/acl.conf'), 'utf8').replace(/^%%.*$/gm, '');
const rules = [...text.matchAll(/\{allow, \{username, "(\w+)"\}, (publish|subscribe), \[([^\]]*)\]\}\./g)].map(
  ([, user = '', action, topics = '']): Rule => ({
    user,
    action: action as Action,
    topics: [...topics.matchAll(/"([^"]*)"/g)].map(([, topic = '']) => topic),
  }),
);
const may = (user: string, action: Action, topic: string) =>
  rules.some(
    (rule) => rule.user === user && rule.action === action && rule.topics.some((each) => matchesFilter(each, topic)),
  );

const { config } = loadConfig({
  file: join(packageRoot, 'config/docker.yaml'),
  env: {},
  cwd: '/',
  cores: 2,
  hostname: 'container',
});
const topics = createTopics(config);
const state = `flawline/${config.mqtt.clientId}/state`;

describe('deploy/emqx/acl.conf', () => {
  it('ends by denying what no rule allows', () => {
    assert.equal(text.trim().split('\n').at(-1), '{deny, all}.');
    assert.equal(rules.length, text.split('{allow,').length - 1);
  });

  it('lets the service take pictures and requests, and publish all that it publishes', () => {
    for (const topic of [...config.source.topics, state, topics.request]) {
      assert.ok(may('flawline', 'subscribe', topic), topic);
    }
    for (const topic of [...topics.resultFilters, topics.deadLetter, topics.health, state]) {
      assert.ok(may('flawline', 'publish', topic), topic);
    }
  });

  it('lets cameras publish pictures, and nothing else', () => {
    for (const topic of config.source.topics) assert.ok(may('camera', 'publish', topic));
    for (const topic of [...config.source.topics, ...topics.resultFilters, topics.deadLetter, state]) {
      assert.ok(!may('camera', 'subscribe', topic), topic);
    }
    for (const topic of [...topics.resultFilters, topics.deadLetter, topics.request, state]) {
      assert.ok(!may('camera', 'publish', topic), topic);
    }
  });

  it('lets readers see results, and no dead letter, which may hold a picture', () => {
    for (const topic of topics.resultFilters) assert.ok(may('reader', 'subscribe', topic), topic);
    assert.ok(!may('reader', 'subscribe', topics.deadLetter));
    assert.ok(!rules.some(({ user, action }) => user === 'reader' && action === 'publish'));
  });
});
