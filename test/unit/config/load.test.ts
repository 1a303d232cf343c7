import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConfigFolder, loadText, loadWith } from '../../support/service/config-folder.js';

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
    deadLetter: {
      broker: { url: ['mqtt://localhost:1883'], insecure: false, allowPlaintextPassword: false },
      topic: 'flawline/flawline/dead-letter',
      maxPayloadBytes: 65_536,
      keep: true,
    },
    keep: { maxBytes: 1_073_741_824, days: 30 },
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
    workers: { profile: 'fast', streams: 2, count: 3, wide: true, pinning: true },
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
    rest: { enabled: false, host: '127.0.0.1', port: 9081, files: [] },
    shutdown: { timeoutMs: 8000 },
    cameras: { by: 'off', max: 200, state: true },
    catalogue: {},
    journal: {},
    log: { level: 'info' },
  });
});

test('loadConfig() freezes the configuration to its leaves', () => {
  const { config } = loadWith();
  assert.ok(Object.isFrozen(config.rules[0]?.fields[0]));
});

test('loadConfig() takes one stream and no second compilation in the profile small, but for what is given', () => {
  const workersWith = (more: Readonly<Record<string, string>>) =>
    loadWith({ env: { FLAWLINE_WORKERS_PROFILE: 'small', ...more } }).config.workers;
  assert.deepEqual(workersWith({}), { profile: 'small', streams: 1, count: 2, wide: false, pinning: false });
  const given = { FLAWLINE_WORKERS_STREAMS: '2', FLAWLINE_WORKERS_WIDE: 'true' };
  assert.deepEqual(workersWith(given), { profile: 'small', streams: 2, count: 3, wide: true, pinning: true });
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

test('loadConfig() takes an empty file and keys without values as nothing given', () => {
  assert.deepEqual(loadText('mqtt:\n  username:\nlog:\n').config, loadText('').config);
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
