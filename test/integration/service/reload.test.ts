/** Streams, models and rules change while pictures flow. What would go wrong: a picture is lost, or judged by two versions. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { reload } from '../../../src/cli/reload.js';
import type { EngineChoice } from '../../../src/engine/engine.js';
import { defined } from '../../../src/std/defined.js';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { type Collector, collect, connectClient } from '../../support/broker/client.js';
import { fakeEngine } from '../../support/engine/fake-engine.js';
import { modelWithoutSelfTest } from '../../support/engine/test-model.js';
import { pictureMessage } from '../../support/pictures/payloads.js';
import { recordedIo } from '../../support/service/command-io.js';
import { createConfigFolder, loadWith } from '../../support/service/config-folder.js';
import { startTestService, type TestService } from '../../support/service/service.js';
import { until } from '../../support/until.js';

/** What the file does not say; the path of the models comes from the file. */
const env = { FLAWLINE_MODEL_PATH: '' };
const FIELDS = 'fields: [id, rule, model]';

interface World {
  readonly service: TestService;
  readonly results: Collector;
  readonly letters: Collector;
  send(topic: string, id: string, fields?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Takes another text of the file. */
  reload(text: string): Promise<readonly string[]>;
}

const path = await modelWithoutSelfTest();
const ONE = `
streams: [{id: north, topics: cameras/north}]
models: [{id: m, path: ${path}}]
rules: [{id: a, where: "true", topic: out/a, ${FIELDS}}]
`;

interface RunOptions {
  readonly file?: string;
  readonly engine?: EngineChoice;
  readonly waitUntilReady?: boolean;
  /** How long open results of a rule that is dropped may take. */
  readonly stopMs?: number;
}

async function run(work: (world: World) => Promise<void>, options: RunOptions = {}): Promise<void> {
  const { file = ONE, waitUntilReady = true, stopMs = 60_000, engine } = options;
  const stop = { FLAWLINE_SHUTDOWN_TIMEOUT_MS: String(stopMs) };
  await using broker = await startBroker();
  await using service = await startTestService({
    brokerUrl: broker.url,
    env: { ...env, ...stop },
    file,
    waitUntilReady,
    ...defined({ engine }),
  });
  await using results = await collect(broker.url, 'out/#');
  await using letters = await collect(broker.url, 'flawline/flawline/dead-letter');
  await using publisher = await connectClient(broker.url);
  const fixed = {
    ...stop,
    FLAWLINE_MQTT_URL: broker.url,
    FLAWLINE_HTTP_PORT: '0',
    FLAWLINE_WORKERS_STREAMS: '1',
  };
  await work({
    service,
    results,
    letters,
    async send(topic, id, fields = {}) {
      await publisher.publish(topic, pictureMessage('images/syn_white.png', { id, ...fields }), { qos: 1 });
    },
    async reload(text) {
      using folder = createConfigFolder({ 'flawline.yaml': text });
      const file = join(folder.path, 'flawline.yaml');
      return await service.service.reload(loadWith({ file, cwd: '/', env: fixed, hostname: 'test' }).config);
    },
  });
}

const told = ({ results }: World) => results.texts().map((text) => JSON.parse(text));

describe('Service.reload()', { skip: brokerMissing }, () => {
  it('adds, changes and drops rules, and says so', () =>
    run(async (world) => {
      const changes = await world.reload(
        ONE.replace('rules: [', `rules: [{id: b, where: "true", topic: out/b, ${FIELDS}}, `).replace('out/a', 'out/c'),
      );
      assert.deepEqual(changes, ['rule b added', 'rule a changed']);
      await world.send('cameras/north', '1');
      await world.results.count(2);
      assert.deepEqual(world.results.messages.map(({ topic }) => topic).sort(), ['out/b', 'out/c']);
      assert.deepEqual(await world.reload(ONE), ['rule a changed', 'rule b dropped']);
      await world.send('cameras/north', '2');
      await world.results.count(3);
      assert.equal(world.results.messages[2]?.topic, 'out/a');
    }));

  it('adds streams and drops them', () =>
    run(async (world) => {
      const two = ONE.replace('streams: [', 'streams: [{id: south, topics: cameras/south}, ').replace(
        /rules: .*/,
        `rules: [{id: a, stream: north, where: "true", topic: out/a, ${FIELDS}}, {id: s, stream: south, where: "true", topic: out/s, ${FIELDS}}]`,
      );
      assert.deepEqual(await world.reload(two), ['stream south added', 'rule s added']);
      await until('both streams are subscribed', () => world.service.service.readiness().ready);
      await world.send('cameras/south', '1');
      await world.results.count(1);
      assert.equal(told(world)[0].rule, 's');
      assert.deepEqual(await world.reload(ONE), ['stream south dropped', 'rule s dropped']);
      await until('it is ready', () => world.service.service.readiness().ready);
      await world.send('cameras/north', '2');
      await world.results.count(2);
      assert.equal(told(world)[1].rule, 'a');
    }));

  it('replaces a model between two pictures', () =>
    run(async (world) => {
      await world.send('cameras/north', '1');
      await world.results.count(1);
      assert.deepEqual(await world.reload(ONE.replace('id: m, ', 'id: m, threshold: 0.9, ')), ['model m replaced']);
      await world.send('cameras/north', '2');
      await world.results.count(2);
    }));

  for (const [title, text, code, message] of [
    [
      'a key that needs a restart',
      `limits: {inFlight: 99}\n${ONE}`,
      'ERR_CONFIG',
      /only with a restart: limits\.inFlight$/,
    ],
    ['a model that does not load', ONE.replace(path, '/nowhere'), 'ERR_MODEL_LOAD', /nowhere/],
    ['a rule that its model refuses', ONE.replace('"true"', 'defects.dent > 0'), 'ERR_CONFIG', /dent/],
  ] as const) {
    it(`takes nothing of a configuration with ${title}`, () =>
      run(async (world) => {
        await assert.rejects(world.reload(text), { code, message });
        await world.send('cameras/north', '1');
        await world.results.count(1);
        assert.equal(told(world)[0].rule, 'a');
        assert.deepEqual(await world.reload(ONE), []);
      }));
  }

  for (const [title, rest, outcome] of [
    ['and acknowledges a picture when the other rules are done', '', 'published'],
    ['and counts a picture as dropped that has no other rule', 'none', 'dropped'],
  ] as const) {
    it(`gives up what a dropped rule has open, ${title}`, () => {
      const away = `{id: b, where: "true", sink: {url: "mqtt://127.0.0.1:1"}, ${FIELDS}}`;
      const file = ONE.replace('rules: [', rest === 'none' ? `rules: [${away}] # ` : `rules: [${away}, `);
      return run(
        async (world) => {
          await until('the source is ready', () => world.service.service.readiness().reasons.length === 1);
          await world.send('cameras/north', '1');
          await until('it is in flight', () => world.service.service.ledger().inFlight === 1);
          await world.reload(ONE);
          await until('it is settled', () => world.service.service.ledger().inFlight === 0);
          assert.equal(world.service.service.ledger().outcomes[outcome], 1);
          assert.equal(world.service.service.ledger().dropped.rule_stopped, outcome === 'dropped' ? 1 : 0);
          await until('it is ready', () => world.service.service.readiness().ready);
          assert.deepEqual(world.letters.messages, []);
        },
        { file, waitUntilReady: false, stopMs: 500 },
      );
    });
  }

  /** Long enough for several reloads. */
  const slow = { engine: fakeEngine({ delayMs: 100 }) };
  const rule = (id: string, more: string) => `{id: ${id}, where: "true", ${FIELDS}, ${more}}`;
  const rules = (...texts: string[]) => ONE.replace(/rules: .*/, `rules: [${texts.join(', ')}]`);

  it('keeps what a picture needs that a version before the last one judges', () =>
    run(async (world) => {
      for (const id of ['1', '2', '3', '4']) void world.send('cameras/north', id);
      await until('they are in work', () => world.service.service.ledger().received === 4);
      const changed = ONE.replace('id: m, ', 'id: m, threshold: 0.9, ');
      await world.reload(rules(rule('a', 'topic: out/a'), rule('b', 'topic: out/b')));
      await world.reload(rules(rule('b', 'topic: out/b')));
      await world.reload(changed);
      await until('they are settled', () => world.service.service.ledger().inFlight === 0);
      assert.deepEqual(world.letters.messages, []);
      assert.equal(world.service.service.ledger().outcomes.published, 4);
    }, slow));

  it('judges what a dropped stream has taken, and leaves nothing of it', () =>
    run(async (world) => {
      for (const id of ['1', '2', '3']) void world.send('cameras/north', id);
      await until('they are in work', () => world.service.service.ledger().received === 3);
      await world.reload(ONE.replaceAll('north', 'south'));
      assert.equal(world.service.service.ledger().outcomes.published, 3);
      await until('the other one is subscribed', () => world.service.service.readiness().ready);
      await world.send('cameras/south', '4');
      await world.results.count(4);
    }, slow));

  it('subscribes no stream that no rule reads', () =>
    run(async (world) => {
      const two = ONE.replace('streams: [', 'streams: [{id: south, topics: cameras/south}, ');
      const reading = (stream: string) => two.replace('{id: a, ', `{id: a, stream: ${stream}, `);
      await world.reload(reading('north'));
      await world.send('cameras/south', '1');
      await world.reload(reading('south'));
      await until('it is subscribed', () => world.service.service.readiness().ready);
      await world.send('cameras/north', '2');
      await world.send('cameras/south', '3');
      await world.results.count(1);
      assert.deepEqual(
        told(world).map(({ id }) => id),
        ['3'],
      );
      assert.equal(world.service.service.ledger().received, 1);
    }));

  it('inspects pictures once more whose results did not arrive where a changed rule sent them', () =>
    run(
      async (world) => {
        await until('the source is ready', () => world.service.service.readiness().reasons.length === 1);
        await world.send('cameras/north', '1');
        await until('it is in flight', () => world.service.service.ledger().inFlight === 1);
        assert.match(world.service.service.readiness().reasons.join(), /sink: rule a: /);
        await world.reload(ONE);
        await world.results.count(1);
        await until('it is settled', () => world.service.service.ledger().inFlight === 0);
        assert.equal(world.service.service.ledger().outcomes.published, 1);
        await until('it is ready', () => world.service.service.readiness().ready);
      },
      { file: rules(rule('a', 'topic: out/a, sink: {url: "mqtt://127.0.0.1:1"}')), waitUntilReady: false, stopMs: 500 },
    ));

  it('connects a sink again that was left a moment ago', () =>
    run(async (world) => {
      const other = rules(rule('a', 'topic: out/a, sink: {username: other}'));
      for (const text of [other, ONE, other, ONE, other]) await world.reload(text);
      await world.send('cameras/north', '1');
      await world.results.count(1);
      await until('it is ready', () => world.service.service.readiness().ready);
    }));

  it('loses nothing, and judges each picture by one version, while it is called again and again', () =>
    run(async (world) => {
      const count = 200;
      const version = (n: number) =>
        ONE.replace('id: m, ', `id: m, threshold: ${n % 2 === 0 ? 0.5 : 0.9}, `).replace(
          /rules: .*/,
          `rules: [{id: v${n}, where: "true", topic: out/a, ${FIELDS}}, {id: w${n}, where: "true", topic: out/b, ${FIELDS}}]`,
        );
      await world.reload(version(0));
      const sending = (async () => {
        for (let i = 0; i < count; i += 1) await world.send('cameras/north', String(i));
      })();
      for (let n = 1; n < 10; n += 1) await world.reload(version(n));
      await sending;
      await until('all are settled', () => world.service.service.ledger().outcomes.published === count);
      await world.results.count(2 * count);
      const versions = new Map<string, Set<string>>();
      for (const { id, rule } of told(world)) {
        versions.set(id, (versions.get(id) ?? new Set()).add(rule.slice(1)));
      }
      assert.equal(versions.size, count);
      assert.deepEqual(
        [...versions].filter(([, numbers]) => numbers.size !== 1),
        [],
      );
      assert.deepEqual(world.letters.messages, []);
      assert.equal(world.service.service.ledger().inFlight, 0);
    }));
});

describe('POST /reload and flawline reload', { skip: brokerMissing }, () => {
  const secured = { ...env, FLAWLINE_HTTP_TOKEN: 'secret' };

  it('answer with what changed, or with why nothing did', async () => {
    await using broker = await startBroker();
    let text = ONE;
    const readConfig = () => {
      using folder = createConfigFolder({ 'flawline.yaml': text });
      const fixed = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: '0', FLAWLINE_WORKERS_STREAMS: '1' };
      const file = join(folder.path, 'flawline.yaml');
      return loadWith({ file, cwd: '/', env: { ...fixed, FLAWLINE_HTTP_TOKEN: 'secret' }, hostname: 'test' }).config;
    };
    await using service = await startTestService({ brokerUrl: broker.url, env: secured, file: ONE, readConfig });
    const { port } = service.service.http;
    const ask = async () => {
      const io = recordedIo({ env: { FLAWLINE_HTTP_PORT: String(port), FLAWLINE_HTTP_TOKEN: 'secret' } });
      return { code: await reload.run({ config: undefined }, [], io), out: io.out(), err: io.err() };
    };
    assert.deepEqual(await ask(), { code: 0, out: 'Nothing has changed.\n', err: '' });
    text = ONE.replace('out/a', 'out/b');
    assert.deepEqual(await ask(), { code: 0, out: 'rule a changed\n', err: '' });
    text = ONE.slice(0, ONE.length / 2);
    const refused = await ask();
    assert.deepEqual([refused.code, refused.out], [2, '']);
    assert.match(refused.err, /^Cannot use the configuration as it has/);
    const { status } = await fetch(new URL('reload', service.service.http.url), { method: 'POST' });
    assert.equal(status, 401);
  });

  it('say what is wrong and where, and leave all as it was', async () => {
    await using broker = await startBroker();
    let text = ONE;
    const readConfig = () => {
      using folder = createConfigFolder({ 'flawline.yaml': text });
      const fixed = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: '0', FLAWLINE_WORKERS_STREAMS: '1' };
      const file = join(folder.path, 'flawline.yaml');
      return loadWith({ file, cwd: '/', env: { ...fixed, FLAWLINE_HTTP_TOKEN: 'secret' }, hostname: 'test' }).config;
    };
    await using service = await startTestService({ brokerUrl: broker.url, env: secured, file: ONE, readConfig });
    const refusal = async (wrong: string) => {
      text = wrong;
      const headers = { authorization: 'Bearer secret' };
      const answer = await fetch(new URL('reload', service.service.http.url), { method: 'POST', headers });
      return `${answer.status} ${JSON.parse(await answer.text()).error}`;
    };
    const second = (more: string) => ONE.replace('rules: [', `rules: [{where: "true", topic: out/b, ${more}}, `);
    for (const [wrong, expected] of [
      [
        ONE.replace('topic: out/a', 'topic: cameras/north'),
        /^409 .*streams must not match .* cameras\/north of rule a/s,
      ],
      [
        second('id: b, stream: nowhere'),
        /^409 .*rules\[0\]\.stream must be one of north: nowhere \(file .*, line 4\)/s,
      ],
      [second('id: b, model: nowhat'), /^409 .*rules\[0\]\.model must be one of m: nowhat \(file .*, line 4\)/s],
      [second('id: a'), /^409 .*rules\[1\]\.id must name each id once: a \(file .*, line 4\)/s],
      [
        ONE.replace('streams: [', 'streams: [{id: north, topics: x}, '),
        /^409 .*streams\[1\]\.id must name each id once/s,
      ],
      [ONE.replace(path, '/nowhere'), /^409 Cannot .*\/nowhere/],
      [ONE.slice(0, ONE.length - 20), /^409 .*flawline\.yaml must be YAML or JSON, found .* \(file .*, line \d+\)/s],
    ] as const) {
      assert.match(await refusal(wrong), expected);
    }
    await using results = await collect(broker.url, 'out/#');
    await using publisher = await connectClient(broker.url);
    await publisher.publish('cameras/north', pictureMessage('images/syn_white.png', { id: '1' }), { qos: 1 });
    await results.count(1);
    assert.equal(results.messages[0]?.topic, 'out/a');
  });

  it('is not there without a token', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url, env, file: ONE, readConfig: assert.fail });
    const { status } = await fetch(new URL('reload', service.service.http.url), { method: 'POST' });
    assert.equal(status, 404);
  });
});
