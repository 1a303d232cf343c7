import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadText } from '../../support/service/config-folder.js';

const THREE = `
streams:
  - {id: north, topics: cameras/north/+}
  - {id: south, topics: [cameras/south/a, cameras/south/b]}
models:
  - {id: cracks, path: models/cracks, threshold: 0.7}
  - {id: dents, precision: auto, classes: 'scratch, dent'}
rules:
  - {id: n, stream: north, model: cracks, where: defect > 0, topic: out/n}
  - {id: s, stream: south, model: dents, where: defects.dent > 0, topic: out/s}
`;

const faultsOf = (text: string) => {
  try {
    loadText(text);
    return [];
  } catch (error) {
    assert.ok(error instanceof Error);
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
};

describe('loadConfig() of streams, models and rules', () => {
  it('makes a catalogue of them', () => {
    const { streams, models, rules, source } = loadText(THREE).config;
    assert.deepEqual(streams, [
      { id: 'north', topics: ['cameras/north/+'] },
      { id: 'south', topics: ['cameras/south/a', 'cameras/south/b'] },
    ]);
    const common = { device: 'CPU', selfTestIntervalSeconds: 600 };
    assert.deepEqual(models, [
      { ...common, id: 'cracks', path: 'models/cracks', precision: 'f32', settings: { threshold: 0.7 } },
      { ...common, id: 'dents', precision: 'auto', settings: { classes: ['scratch', 'dent'] } },
    ]);
    assert.deepEqual(
      rules.map(({ id, stream, model }) => [id, stream, model]),
      [
        ['n', 'north', 'cracks'],
        ['s', 'south', 'dents'],
      ],
    );
    assert.deepEqual(source.topics, ['cameras/north/+', 'cameras/south/a', 'cameras/south/b']);
  });

  it('gives rules with equal settings one sink, and none to those that have the one of the section', () => {
    const { rules, sinks } = loadText(`
mqtt: {url: mqtt://a}
sink: {url: mqtt://a, username: u, password: p, allowPlaintextPassword: true}
rules:
  - {id: a, where: "true"}
  - {id: b, where: "true", sink: {url: mqtt://b, topic: t, qos: 0}}
  - {id: c, where: "true", sink: {url: [mqtt://b], messageExpirySeconds: 5}}
  - {id: d, where: "true", sink: {url: mqtt://a, username: u, password: p, allowPlaintextPassword: true}}
  - {id: e, where: "true", sink: {username: other, password: p}}
`).config;
    const [a, b, c, d, e] = rules.map(({ sink }) => sink);
    assert.deepEqual([a, c, d], [undefined, b, undefined]);
    assert.deepEqual(
      sinks.map(({ key, broker }) => [key, broker.url, broker.username]),
      [
        [b, ['mqtt://b'], undefined],
        [e, ['mqtt://a'], 'other'],
      ],
    );
    assert.deepEqual([rules[1]?.topic, rules[1]?.qos, rules[2]?.expirySeconds], ['t', 0, 5]);
  });

  it('sends dead letters to the broker of the pictures, unless the section deadLetter says otherwise', () => {
    const read = (text: string) => {
      const { deadLetter, sinks } = loadText(`mqtt: {url: mqtt://a, username: u}\n${text}`).config;
      const { broker, sink } = deadLetter;
      return { url: broker.url[0], user: broker.username, isOfSection: sink === undefined, sinks: sinks.length };
    };
    const a = { url: 'mqtt://a', user: 'u' };
    assert.deepEqual(read(''), { ...a, isOfSection: true, sinks: 0 });
    assert.deepEqual(read('sink: {username: s}'), { ...a, user: 's', isOfSection: true, sinks: 0 });
    assert.deepEqual(read('sink: {url: mqtt://b}'), { ...a, isOfSection: false, sinks: 1 });
    assert.deepEqual(read('deadLetter: {username: d}'), { ...a, user: 'd', isOfSection: false, sinks: 1 });
    assert.deepEqual(read('deadLetter: {url: mqtt://c}'), {
      url: 'mqtt://c',
      user: undefined,
      isOfSection: false,
      sinks: 1,
    });
    const shared = 'rules: [{id: r, where: "true", sink: {url: mqtt://c}}]\ndeadLetter: {url: mqtt://c}';
    assert.deepEqual(read(shared), { url: 'mqtt://c', user: undefined, isOfSection: false, sinks: 1 });
  });

  it('gives a rule the only stream and the only model', () => {
    const { rules } = loadText('models: [{id: m}]\nrules: [{id: r, where: "true"}]\n').config;
    assert.deepEqual([rules[0]?.stream, rules[0]?.model], ['default', 'm']);
  });

  for (const [title, text, line] of [
    [
      'a rule without a stream where there are several',
      THREE.replace('stream: north, ', ''),
      /^rules\[0\]\.stream must be given, as there are several: north, south \(file a\.yaml/,
    ],
    [
      'a rule of an unknown model',
      THREE.replace('model: dents', 'model: dnts'),
      /^rules\[1\]\.model must be one of cracks, dents: dnts/,
    ],
    [
      'two models of one id',
      THREE.replace('id: dents', 'id: cracks'),
      /^models\[1\]\.id must name each id once: cracks/,
    ],
    [
      'a setting that is out of bounds',
      THREE.replace('0.7', '7'),
      /^models\[0\]\.threshold must be .*: 7 \(file a\.yaml, line \d+\)$/,
    ],
    [
      'a setting that is none',
      THREE.replace('threshold', 'treshold'),
      /^models\[0\]\.treshold is not known \(did you mean threshold\?\)/,
    ],
    [
      'a topic filter that is none',
      THREE.replace('cameras/north/+', 'cameras/north+'),
      /^streams\[0\]\.topics must be topic filters/,
    ],
    [
      'a rule that is wrong',
      THREE.replace('where: defect > 0', 'where: defect >'),
      /^rules\[0\]\.where must be a predicate/,
    ],
    [
      'models beside model.*',
      `model: {threshold: 0.5}\n${THREE}`,
      /^model\.threshold must not be given together with models/,
    ],
    [
      'streams beside source.topics',
      `source: {topics: a}\n${THREE}`,
      /^source\.topics must not be given together with streams/,
    ],
    [
      'a sink whose password would go over the wire',
      THREE.replace('topic: out/n', 'sink: {url: mqtt://far, username: u, password: secret}'),
      /^rules\[0\]\.sink\.url must be mqtts or wss/,
    ],
    [
      'a sink with an unknown key',
      THREE.replace('topic: out/n', 'sink: {uri: mqtt://far}'),
      /^rules\[0\]\.sink\.uri is not known \(did you mean url\?\)/,
    ],
    [
      'dead letters whose password would go over the wire',
      `deadLetter: {url: mqtt://far, username: u, password: secret}\n${THREE}`,
      /^deadLetter\.url must be mqtts or wss/,
    ],
    [
      'a certificate of dead letters without its key',
      `deadLetter: {url: mqtts://far, certFile: /dev/null}\n${THREE}`,
      /^deadLetter\.keyFile must be given/,
    ],
    [
      'a stream whose session would be that of a sink',
      THREE.replaceAll('north', 'sink'),
      /^streams\[0\]\.id must not be sink, /,
    ],
    [
      'a topic that is given twice',
      THREE.replace('topic: out/n', 'topic: a, sink: {topic: b}'),
      /^rules\[0\]\.sink\.topic must not be given together with topic/,
    ],
    [
      'several models without rules',
      'models: [{id: a}, {id: b}]',
      /^rules must name the models, as there are several: a, b/,
    ],
    [
      'a result that another stream reads',
      THREE.replace('out/n', 'cameras/south/a'),
      /^streams must not match any topic that is published, .* takes in cameras\/south\/a of rule n\)/,
    ],
  ] as const) {
    it(`refuses ${title}, in a line of its own`, () => {
      const faults = faultsOf(text);
      assert.ok(
        faults.some((fault) => line.test(fault)),
        faults.join('\n'),
      );
    });
  }

  it('tells every fault in a line of its own', () => {
    const broken = THREE.replace('where: defect > 0', 'where: defect >')
      .replace('0.7', '7')
      .replace('id: south', 'id: so/uth');
    assert.deepEqual(
      faultsOf(broken).map((fault) => fault.split(' ')[0]),
      ['streams[1].id', 'rules[0].where', 'models[0].threshold'],
    );
  });
});
