import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cameras, createCameras } from '../../../src/telemetry/cameras.js';
import { createLedger } from '../../../src/telemetry/ledger.js';
import { LABEL_VALUES, METRICS } from '../../../src/telemetry/metric-table.js';
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.js';
import { parseMetrics } from '../../support/service/metrics-text.js';

const NOTHING_KEPT = {
  kept: 0,
  notKept: { too_fast: 0, disk: 0, full: 0, predicate: 0 },
  bytes: 0,
  judged: 0,
  unjudged: 0,
};

interface Overrides {
  readonly messageAge?: boolean;
  readonly nowMs?: () => number;
  readonly cameras?: Cameras;
  readonly keep?: () => typeof NOTHING_KEPT;
}

function setUp(overrides: Overrides = {}) {
  const ledger = createLedger(['0', '1']);
  const metrics = createMetrics({
    ledger,
    rules: ['default'],
    messageAge: overrides.messageAge ?? false,
    build: { client_id: 'flawline', version: '1.2.3', node: '20.0.0' },
    nowMs: overrides.nowMs ?? (() => 0),
    cameras: overrides.cameras,
    keep: overrides.keep,
  });
  return { ledger, metrics };
}

async function scrape(metrics: Metrics): Promise<ReadonlyMap<string, number>> {
  return parseMetrics(await metrics.text());
}

test('createMetrics() offers every metric of the table, and prom-client own ones', async () => {
  const cameras = createCameras({ max: 1, nowMs: () => 0 });
  const { metrics } = setUp({ messageAge: true, cameras, keep: () => NOTHING_KEPT });
  const text = await metrics.text();
  for (const { name, type } of Object.values(METRICS)) assert.match(text, new RegExp(`^# TYPE ${name} ${type}$`, 'm'));
  assert.match(text, /^process_cpu_seconds_total /m);
  assert.match(text, /^nodejs_eventloop_lag_seconds /m);
});

test('createMetrics() has flawline_message_age_seconds only when a timestamp field is configured', async () => {
  assert.doesNotMatch(await setUp().metrics.text(), /flawline_message_age_seconds/);
});

test('createMetrics() has a series for each camera, and none of cameras while they are not told apart', async () => {
  const cameras = createCameras({ max: 1, nowMs: () => 5000 });
  const { metrics } = setUp({ cameras });
  cameras.inspected('left', { isDefective: true, endToEndMs: 1 });
  assert.equal((await scrape(metrics)).get('flawline_camera_last_seen_timestamp_seconds{camera="left"}'), 5);
  cameras.inspected('right', { isDefective: false, endToEndMs: 1 });
  const series = await scrape(metrics);
  assert.equal(series.get('flawline_camera_defective_total{camera="other"}'), 1);
  assert.equal(series.get('flawline_camera_pictures_total{camera="right"}'), 1);
  assert.equal(series.has('flawline_camera_pictures_total{camera="left"}'), false);
  assert.doesNotMatch(await setUp().metrics.text(), /flawline_camera/);
});

test('createMetrics() reads what is kept at each scrape, and has nothing of it where nothing is kept', async () => {
  let kept = NOTHING_KEPT;
  const { metrics } = setUp({ keep: () => kept });
  kept = { kept: 3, notKept: { ...NOTHING_KEPT.notKept, disk: 2 }, bytes: 100, judged: 1, unjudged: 2 };
  await metrics.text();
  const series = await scrape(metrics); // counted once, however often it is asked
  const names = [
    'kept_total',
    'not_kept_total{cause="disk"}',
    'kept_bytes',
    'kept_pictures{judged="yes"}',
    'kept_pictures{judged="no"}',
  ];
  assert.deepEqual(
    names.map((name) => series.get(`flawline_${name}`)),
    [3, 2, 100, 1, 2],
  );
  assert.doesNotMatch(await setUp().metrics.text(), /kept/);
});

test('createMetrics() keeps two services in one process apart', async () => {
  const first = setUp();
  const second = setUp();
  first.metrics.workerRestarted();
  assert.equal((await scrape(second.metrics)).get('flawline_worker_restarts_total'), 0);
});

test('Metrics.text() shows every value of every closed label at 0 before anything happened', async () => {
  const series = await scrape(setUp({ keep: () => NOTHING_KEPT }).metrics);
  const closed: Record<string, readonly string[]> = { ...LABEL_VALUES, stream: ['0', '1'], rule: ['default'] };
  for (const { name, type, labels } of Object.values(METRICS)) {
    const [label] = labels;
    if (label === undefined || labels.length > 1) continue;
    const suffix = type === 'histogram' ? '_count' : '';
    for (const value of closed[label] ?? []) assert.equal(series.get(`${name}${suffix}{${label}="${value}"}`), 0);
  }
});

test('Metrics.text() shows what the ledger counted', async () => {
  const { ledger, metrics } = setUp();
  for (let i = 0; i < 5; i += 1) ledger.received('1', 1_700_000_000_500);
  ledger.published();
  ledger.filtered();
  ledger.deadLettered('ERR_PAYLOAD_JSON');
  ledger.dropped('expired');
  ledger.redelivered();
  const series = await scrape(metrics);
  assert.deepEqual(
    [
      'flawline_messages_received_total{stream="1"}',
      'flawline_messages_total{outcome="published"}',
      'flawline_messages_total{outcome="filtered"}',
      'flawline_messages_total{outcome="dead_lettered"}',
      'flawline_messages_total{outcome="dropped"}',
      'flawline_messages_in_flight',
      'flawline_rejected_total{code="ERR_PAYLOAD_JSON"}',
      'flawline_dropped_total{reason="expired"}',
      'flawline_redeliveries_total',
      'flawline_last_message_timestamp_seconds{stream="1"}',
    ].map((name) => series.get(name)),
    [5, 1, 1, 1, 1, 1, 1, 1, 1, 1_700_000_000.5],
  );
});

test('Metrics.text() does not add up from scrape to scrape', async () => {
  const { ledger, metrics } = setUp();
  ledger.received('0', 1);
  await metrics.text();
  assert.equal((await scrape(metrics)).get('flawline_messages_received_total{stream="0"}'), 1);
});

test('Metrics.text() holds one moment though messages move while it is being written', async () => {
  const { ledger, metrics } = setUp();
  const text = metrics.text();
  ledger.received('0', 1);
  const series = parseMetrics(await text);
  assert.equal(series.get('flawline_messages_received_total{stream="0"}'), 0);
  assert.equal(series.get('flawline_messages_in_flight'), 0);
});

test('Metrics.stages() observes seconds for the stages that ran', async () => {
  const { metrics } = setUp();
  metrics.stages({ decode: 7, infer: 18 });
  const series = await scrape(metrics);
  assert.equal(series.get('flawline_stage_duration_seconds_sum{stage="decode"}'), 0.007);
  assert.equal(series.get('flawline_stage_duration_seconds_bucket{le="0.025",stage="infer"}'), 1);
  assert.equal(series.get('flawline_stage_duration_seconds_count{stage="render"}'), 0);
});

test('Metrics.messageAge() takes a clock ahead of ours as 0', async () => {
  const { metrics } = setUp({ messageAge: true });
  metrics.messageAge(-5000);
  assert.equal((await scrape(metrics)).get('flawline_message_age_seconds_sum'), 0);
});

test('Metrics.attach() lets gauges be read at the scrape', async () => {
  const { metrics } = setUp();
  metrics.attach({ workers: () => ({ busy: 2, idle: 1 }), saturation: () => 0.5, isReady: () => true });
  const series = await scrape(metrics);
  assert.deepEqual(
    ['workers{state="busy"}', 'workers{state="starting"}', 'saturation_ratio', 'ready'].map((name) =>
      series.get(`flawline_${name}`),
    ),
    [2, 0, 0.5, 1],
  );
});

test('Metrics.intakePaused() counts the seconds of a pause, also while it lasts', async () => {
  let now = 1000;
  const { metrics } = setUp({ nowMs: () => now });
  const seconds = async () => (await scrape(metrics)).get('flawline_intake_paused_seconds_total');
  metrics.intakePaused(true);
  now += 3000;
  assert.equal(await seconds(), 3);
  now += 1000;
  metrics.intakePaused(true);
  metrics.intakePaused(false);
  now += 9000;
  assert.equal(await seconds(), 4);
});

test('Metrics tells of each model by its id, from 0 on, and of none that was dropped', async () => {
  const { metrics } = setUp();
  const info = { name: 'a', version: '1', device: 'CPU', precision: 'f32', engine: 'fake', runtime: '1' };
  metrics.modelLoaded({ ...info, model: 'left' }, 7);
  metrics.modelLoaded({ ...info, model: 'right' });
  metrics.selfTested('right', false, false);
  metrics.inspectedBy('left', { isDefective: true, inferMs: 20 });
  metrics.failedBy('left');
  const series = await scrape(metrics);
  const of = (name: string, model: string) => series.get(`flawline_model_${name}{model="${model}"}`);
  assert.deepEqual(
    ['pictures_total', 'defective_total', 'failures_total', 'infer_duration_seconds_count', 'memory_bytes'].map(
      (name) => [of(name, 'left'), of(name, 'right')],
    ),
    [
      [1, 0],
      [1, 0],
      [1, 0],
      [1, 0],
      [7, 0],
    ],
  );
  assert.deepEqual([of('self_test_success', 'right'), series.get('flawline_self_test_success')], [0, 0]);
  metrics.modelDropped('left');
  const rest = [...(await scrape(metrics)).keys()].filter((name) => name.includes('model="left"'));
  assert.deepEqual(rest, []);
});

test('Metrics.modelLoaded() replaces the version of the model that was there before, and no other model', async () => {
  const { metrics } = setUp();
  const info = { model: 'm', name: 'a', device: 'CPU', precision: 'f32', engine: 'fake', runtime: '1' };
  metrics.modelLoaded({ ...info, model: 'other', version: '1' });
  metrics.modelLoaded({ ...info, version: '1' });
  metrics.modelLoaded({ ...info, version: '2' });
  const models = [...(await scrape(metrics)).keys()].filter((name) => name.startsWith('flawline_model_info'));
  assert.deepEqual(models, [
    'flawline_model_info{model="other",name="a",device="CPU",precision="f32",engine="fake",runtime="1",version="1"}',
    'flawline_model_info{model="m",name="a",device="CPU",precision="f32",engine="fake",runtime="1",version="2"}',
  ]);
});

test('Metrics.connected() and reconnected() keep the roles apart', async () => {
  const { metrics } = setUp();
  metrics.connected('sink', true);
  metrics.reconnected('source');
  const series = await scrape(metrics);
  assert.equal(series.get('flawline_mqtt_connected{role="sink"}'), 1);
  assert.equal(series.get('flawline_mqtt_connected{role="source"}'), 0);
  assert.equal(series.get('flawline_mqtt_reconnects_total{role="source"}'), 1);
});
