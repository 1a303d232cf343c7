import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../../../src/std/errors.js';
import { createConfigFolder, loadText, loadWith } from '../../support/service/config-folder.js';

/** The details of the ERR_CONFIG that `load` throws: key → sentence. */
function faultsOf(load: () => unknown): Readonly<Record<string, unknown>> {
  try {
    load();
  } catch (error) {
    assert.ok(error instanceof ServiceError);
    assert.equal(error.code, 'ERR_CONFIG');
    return error.details;
  }
  assert.fail('loaded');
}

test('loadConfig() gives the defaults of the contract when nothing is given', () => {
  const { config } = loadWith();
  assert.deepEqual(config, {
    mqtt: {
      url: ['mqtt://localhost:1883'],
      insecure: false,
      allowPlaintextPassword: false,
      clientId: 'flawline',
      protocolVersion: 5,
      keepaliveSeconds: 30,
      sessionExpirySeconds: 86_400,
      receiveMaximum: 6,
      onStop: 'keep',
    },
    source: { topics: ['openvino_demo'], qos: 1, overload: 'wait' },
    payload: { imageField: 'image' },
    sink: {
      url: ['mqtt://localhost:1883'],
      insecure: false,
      allowPlaintextPassword: false,
      topic: 'ekuiper/defect',
      qos: 1,
      order: 'arrival',
    },
    deadLetter: { topic: 'flawline/flawline/dead-letter', maxPayloadBytes: 65_536, keep: true },
    rules: [
      {
        id: 'default',
        stream: 'default',
        model: 'default',
        where: 'defect >= 0',
        topic: 'ekuiper/defect',
        fields: [
          { name: 'origin', alias: 'origin' },
          { name: 'afterProcess', alias: 'afterProcess' },
        ],
        render: 'pair',
      },
    ],
    result: {
      fields: [
        { name: 'origin', alias: 'origin' },
        { name: 'afterProcess', alias: 'afterProcess' },
      ],
      copyFields: [],
      render: 'pair',
      encoding: 'base64',
      reply: false,
    },
    reply: { allow: ['flawline/+/response/#'] },
    requests: { enabled: true },
    state: { enabled: true },
    health: { enabled: true },
    sinks: [],
    streams: [{ id: 'default', topics: ['openvino_demo'] }],
    models: [{ id: 'default', device: 'CPU', precision: 'f32', selfTestIntervalSeconds: 600, settings: {} }],
    engine: 'auto',
    openvino: {},
    workers: { streams: 2, count: 3, wide: true, pinning: true },
    limits: {
      maxPayloadBytes: 16 * 1024 * 1024,
      maxPixels: 50_000_000,
      jobTimeoutMs: 10_000,
      startTimeoutFactor: 1,
      inFlight: 12,
      inFlightBytes: 256 * 1024 * 1024,
    },
    http: {
      host: '127.0.0.1',
      port: 9464,
      allowedHosts: ['localhost', '127.0.0.1', '[::1]', 'box'],
      inspect: false,
    },
    shutdown: { timeoutMs: 8000 },
    cameras: { by: 'off', max: 200 },
    journal: {},
    log: { level: 'info' },
  });
});

test('loadConfig() freezes the configuration to its leaves', () => {
  const { config } = loadWith();
  assert.ok(Object.isFrozen(config.rules[0]?.fields[0]));
});

test('loadConfig() derives workers, windows and topics from what is given', () => {
  const { config } = loadWith({ env: { FLAWLINE_WORKERS_STREAMS: '4', FLAWLINE_MQTT_CLIENT_ID: 'north' } });
  assert.deepEqual(
    [config.workers.count, config.mqtt.receiveMaximum, config.limits.inFlight, config.deadLetter.topic],
    [5, 10, 20, 'flawline/north/dead-letter'],
  );
});

for (const [streams, given, pinning] of [
  ['1', '', false],
  ['2', '', true],
  ['2', 'false', false],
  ['1', 'true', true],
] as const) {
  test(`loadConfig() pins ${streams} of 2 cores: ${pinning}${given === '' ? '' : ', as it is told'}`, () => {
    const env = { FLAWLINE_WORKERS_STREAMS: streams, FLAWLINE_WORKERS_PINNING: given };
    assert.equal(loadWith({ env }).config.workers.pinning, pinning);
  });
}

test('loadConfig() takes the environment over the file and the file over the default', () => {
  const { config, origins } = loadText('http: {host: localhost, port: 1}\n', { FLAWLINE_HTTP_PORT: '2' });
  assert.deepEqual([config.http.host, config.http.port, config.http.inspect], ['localhost', 2, false]);
  assert.deepEqual(
    [origins.get('http.host'), origins.get('http.port'), origins.get('http.inspect')],
    ['file a.yaml, line 1', 'environment FLAWLINE_HTTP_PORT', undefined],
  );
});

test('loadConfig() takes a variable of blanks as not set', () => {
  assert.equal(loadWith({ env: { FLAWLINE_PAYLOAD_IMAGE_FIELD: '  ' } }).config.payload.imageField, 'image');
});

test('loadConfig() takes an empty variable as not set', () => {
  const { config } = loadText('http: {port: 1}\n', { FLAWLINE_HTTP_PORT: '' });
  assert.equal(config.http.port, 1);
});

test('loadConfig() splits a list variable at commas', () => {
  const { config } = loadWith({ env: { FLAWLINE_SOURCE_TOPICS: 'a/#, $share/g/b,' } });
  assert.deepEqual(config.source.topics, ['a/#', '$share/g/b']);
});

test('loadConfig() reads JSON with tabs', () => {
  const { config } = loadText('{\n\t"limits": {\n\t\t"jobTimeoutMs": 500\n\t}\n}\n');
  assert.equal(config.limits.jobTimeoutMs, 500);
});

test('loadConfig() takes config/flawline.yaml when no file is named', () => {
  using folder = createConfigFolder({ 'config/flawline.yaml': 'log: {level: debug}\n' });
  const { config, file } = loadWith({ cwd: folder.path });
  assert.deepEqual([config.log.level, file], ['debug', 'config/flawline.yaml']);
});

test('loadConfig() takes the file of FLAWLINE_CONFIG', () => {
  using folder = createConfigFolder({
    'config/flawline.yaml': 'log: {level: debug}\n',
    'b.yaml': 'log: {level: warn}\n',
  });
  const { config } = loadWith({ cwd: folder.path, env: { FLAWLINE_CONFIG: 'b.yaml' } });
  assert.equal(config.log.level, 'warn');
});

test('loadConfig() refuses a named file that is not there', () => {
  assert.match(String(faultsOf(() => loadWith({ file: 'none.yaml' }))['none.yaml']), /must be a readable file: ENOENT/);
});

test('loadConfig() takes an empty file and keys without values as nothing given', () => {
  assert.deepEqual(loadText('mqtt:\n  username:\nlog:\n').config, loadText('').config);
});

test('loadConfig() reports every fault at once, each with value, rule and origin', () => {
  const text = 'limits:\n  maxPixels: -1\n  jobTimeoutMs: 12abc\nlog: {level: loud}\n';
  const faults = faultsOf(() => loadText(text, { FLAWLINE_HTTP_PORT: '99999', FLAWLINE_MQTT_INSECURE: 'maybe' }));
  assert.deepEqual(faults, {
    'mqtt.insecure': 'must be true or false: maybe (environment FLAWLINE_MQTT_INSECURE)',
    'limits.maxPixels': 'must be a whole number from 1 to 1000000000: -1 (file a.yaml, line 2)',
    'limits.jobTimeoutMs': 'must be a whole number from 100 to 3600000: 12abc (file a.yaml, line 3)',
    'http.port': 'must be a whole number from 0 to 65535: 99999 (environment FLAWLINE_HTTP_PORT)',
    'log.level': 'must be fatal or error or warn or info or debug or trace or silent: loud (file a.yaml, line 4)',
  });
});

test('loadConfig() has a line for each fault in its message', () => {
  assert.throws(() => loadText('limits: {maxPixels: 0, inFlight: 1}\n'), {
    message:
      'Cannot use the configuration as it has 2 faults:\n' +
      '  limits.maxPixels must be a whole number from 1 to 1000000000: 0 (file a.yaml, line 1)\n' +
      '  limits.inFlight must be a whole number from 2 to 1000000: 1 (file a.yaml, line 1)',
  });
});

test('loadConfig() names the nearest key for an unknown one, and never its value', () => {
  const faults = faultsOf(() => loadText('mqtt:\n  pasword: hunter2\n'));
  assert.deepEqual(faults, {
    'mqtt.pasword': 'is not a known key (did you mean mqtt.password?) (file a.yaml, line 2)',
  });
});

test('loadConfig() refuses __proto__ as a key like any other unknown one', () => {
  const faults = faultsOf(() => loadText('__proto__: {polluted: 1}\n'));
  assert.match(String(Object.getOwnPropertyDescriptor(faults, '__proto__')?.value), /is not a known key/);
});

test('loadConfig() warns of an unknown FLAWLINE_ variable with the nearest known one', () => {
  const { warnings } = loadWith({ env: { FLAWLINE_SOURCE_TOPIC: 'a', OTHER: 'b' } });
  assert.deepEqual(warnings, ['FLAWLINE_SOURCE_TOPIC is not a known variable (did you mean FLAWLINE_SOURCE_TOPICS?)']);
});

// JavaScript cannot make text of such an object.
for (const key of ['"mqtt":{"url"', '"log":{"level"', '"source":{"qos"', '"source":{"topics"']) {
  test(`loadConfig() has a fault for {${key}: [{"toString": ""}]}}`, () => {
    assert.throws(() => loadText(`{${key}:[{"toString":"","valueOf":""}]}}`), { code: 'ERR_CONFIG' });
  });
}

test('loadConfig() says why QoS 2 is refused', () => {
  const faults = faultsOf(() => loadWith({ env: { FLAWLINE_SOURCE_QOS: '2' } }));
  assert.match(String(faults['source.qos']), /its acknowledgement comes before the work, so a crash loses pictures/);
});

test('loadConfig() reads a secret file, without the line break at its end', () => {
  using folder = createConfigFolder({ 'secret.txt': 'pass word\n' });
  const { config, origins } = loadWith({ cwd: folder.path, env: { FLAWLINE_MQTT_PASSWORD_FILE: 'secret.txt' } });
  assert.deepEqual([config.mqtt.password, config.mqtt.passwordFile], ['pass word', 'secret.txt']);
  assert.equal(origins.get('mqtt.password'), 'secret file secret.txt');
});

test('loadConfig() lets the sink have the password file of mqtt unless it has its own password', () => {
  using folder = createConfigFolder({ 'secret.txt': 'one' });
  const env = { FLAWLINE_MQTT_PASSWORD_FILE: 'secret.txt', FLAWLINE_SINK_PASSWORD: 'two' };
  const { config } = loadWith({ cwd: folder.path, env });
  assert.deepEqual([config.sink.password, config.sink.passwordFile], ['two', undefined]);
});

test('loadConfig() checks the text of a secret file as if it had been given', () => {
  using folder = createConfigFolder({ token: 'two words' });
  const faults = faultsOf(() => loadWith({ cwd: folder.path, env: { FLAWLINE_HTTP_TOKEN_FILE: 'token' } }));
  assert.deepEqual(faults, { 'http.token': 'must be printable ASCII without blanks: (hidden) (secret file token)' });
});

for (const [title, env, file] of [
  ['a missing', { FLAWLINE_MQTT_PASSWORD_FILE: 'none' }, {}],
  ['an empty', { FLAWLINE_MQTT_PASSWORD_FILE: 'empty' }, { empty: '\n' }],
  ['a second source for a', { FLAWLINE_MQTT_PASSWORD_FILE: 'a', FLAWLINE_MQTT_PASSWORD: 'x' }, { a: 'y' }],
] as const) {
  test(`loadConfig() refuses ${title} secret`, () => {
    using folder = createConfigFolder(file);
    assert.deepEqual(Object.keys(faultsOf(() => loadWith({ cwd: folder.path, env }))), ['mqtt.passwordFile']);
  });
}

test('loadConfig() takes rules in place of rule.where, sink.topic and result.fields', () => {
  const { config } = loadText(
    'result: {render: mask}\nrules:\n- {id: a, where: defect > 0}\n- {id: b, where: area > 0.5, topic: t, fields: defect as n, render: none}\n',
  );
  assert.deepEqual(config.rules, [
    {
      id: 'a',
      stream: 'default',
      model: 'default',
      where: 'defect > 0',
      topic: 'ekuiper/defect',
      fields: [
        { name: 'origin', alias: 'origin' },
        { name: 'afterProcess', alias: 'afterProcess' },
      ],
      render: 'mask',
    },
    {
      id: 'b',
      stream: 'default',
      model: 'default',
      where: 'area > 0.5',
      topic: 't',
      fields: [{ name: 'defect', alias: 'n' }],
      render: 'none',
    },
  ]);
});

test('loadConfig() refuses rules beside each of the keys that they replace', () => {
  const text = 'rule: {where: "true"}\nsink: {topic: t}\nresult: {fields: defect}\nrules: [{id: a, where: "true"}]\n';
  assert.deepEqual(Object.keys(faultsOf(() => loadText(text))), ['rule.where', 'sink.topic', 'result.fields']);
});

test('loadConfig() warns of rules that are true for every picture, and notes it of the default', () => {
  assert.deepEqual(loadWith().warnings, []);
  assert.equal(loadWith().notes.length, 1);
  const { warnings, notes } = loadText('rule: {where: defect > -1}\n');
  assert.deepEqual([warnings.length, notes.length], [1, 0]);
});

test('loadConfig() warns of rules that are true for no picture, with the number that is meant', () => {
  const { warnings } = loadText('rules:\n- {id: a, where: area > 5}\n- {id: b, where: defect > 0}\n');
  assert.deepEqual(warnings, [
    'rules (a) is true for no picture, so that no result is published, as area is a fraction from 0 to 1: 5 % is 0.05: area > 5',
  ]);
});

test('loadConfig() warns of what the engine does not use', () => {
  const env = { FLAWLINE_ENGINE: 'openvino-node', FLAWLINE_WORKERS_WIDE: 'false' };
  assert.deepEqual(loadWith({ env }).warnings, [
    'workers.wide does nothing with engine openvino-node, which has one thread a worker',
  ]);
});

test('loadConfig() has a line for each fault of a rule, with its place', () => {
  const text = 'rules:\n- id: a\n  where: defect\n  render: big\n- {id: a, where: defect = 1}\n';
  const faults = faultsOf(() => loadText(text));
  assert.deepEqual(Object.keys(faults), ['rules[0].where', 'rules[0].render', 'rules[1].where', 'rules[1].id']);
  assert.match(String(faults['rules[0].render']), /^must be pair or .*: big \(file .*, line 4\)$/);
  assert.match(String(faults['rules[1].where']), /"=" is not CEL: write ==: defect = 1 \(file .*, line 5\)$/);
});

test('loadConfig() looks at the rules between keys as if a faulty value had its default', () => {
  const env = {
    FLAWLINE_RESULT_FIELDS: 'nonsense',
    FLAWLINE_RESULT_COPY_FIELDS: 'origin',
    FLAWLINE_WORKERS_COUNT: 'many',
    FLAWLINE_LIMITS_IN_FLIGHT: '6',
  };
  const keys = Object.keys(faultsOf(() => loadWith({ env })));
  assert.deepEqual(keys, ['result.fields', 'workers.count', 'limits.inFlight', 'result.copyFields']);
});
