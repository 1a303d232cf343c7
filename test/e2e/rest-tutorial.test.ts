/** The eKuiper tutorial as it stands, by curl: its calls in its order, its zip, its message; only the sink's server is another. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { freePort } from '../../src/std/loopback.js';
import { brokerMissing, startBroker, type TestBroker } from '../support/broker/broker.js';
import { collect } from '../support/broker/client.js';
import { TEST_MODEL } from '../support/engine/test-model.js';
import { loadText } from '../support/service/config-folder.js';
import { pluginZip } from '../support/service/plugin-zip.js';
import { type ServiceProcess, startServiceProcess } from '../support/service/service-process.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';
import { loadEqualVectors, readVectorFile } from '../vectors/load-vectors.js';

const run = promisify(execFile);
const PICTURES = 5;

describe('the tutorial, typed as written', { skip: brokerMissing }, () => {
  let broker: TestBroker;
  let folder: TemporaryFolder;
  let service: ServiceProcess;
  let host: string;

  /** What the tutorial writes as a request, by curl; status and body. */
  async function post(path: string, body: string): Promise<readonly [status: number, body: string]> {
    const args = ['-s', '-w', '\n%{http_code}', '-H', 'Content-Type: application/json', '-d', body];
    const { stdout } = await run('curl', [...args, `http://${host}${path}`]);
    const at = stdout.lastIndexOf('\n');
    return [Number(stdout.slice(at + 1)), stdout.slice(0, at)];
  }

  async function get(path: string): Promise<string> {
    return (await run('curl', ['-s', `http://${host}${path}`])).stdout;
  }

  async function startService(): Promise<ServiceProcess> {
    const port = await freePort();
    host = `127.0.0.1:${port}`;
    const env = {
      FLAWLINE_MODEL_PATH: '',
      FLAWLINE_REST_ENABLED: 'true',
      FLAWLINE_REST_PORT: String(port),
      FLAWLINE_REST_FILES: folder.path,
      FLAWLINE_CATALOGUE_PATH: `${folder.path}/kept`,
    };
    const started = await startServiceProcess({ brokerUrl: broker.url, env });
    await started.ready();
    return started;
  }

  before(async () => {
    broker = await startBroker();
    folder = await makeTemporaryFolder();
    // The tutorial has it in /tmp, where tests of others may have theirs.
    await folder.write('defect.zip', await pluginZip({ model: TEST_MODEL }));
    service = await startService();
  });
  after(async () => {
    await service?.[Symbol.asyncDispose]();
    await broker?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  it('installs the plugin without running its Python', async () => {
    const [status, body] = await post(
      '/plugins/functions',
      `{"name":"defect", "file": "file://${folder.path}/defect.zip"}`,
    );
    assert.deepEqual([status, body.split('\n')[0]], [201, 'functions plugin defect is created']);
    assert.match(body, /Python, scripts and install\.sh in the zip are not run/);
  });

  it('defines the stream and the rule', async () => {
    const stream = await post(
      '/streams',
      '{"sql":"CREATE STREAM openvino_demo () WITH (DATASOURCE=\\"openvino_demo\\")"}',
    );
    assert.deepEqual(stream, [201, 'Stream openvino_demo is created.']);
    const rule = await post(
      '/rules',
      `{
  "id": "ruleOp",
  "sql": "SELECT image as origin, inference(image)->base64 as afterProcess from openvino_demo WHERE inference(image)->defect >=0",
  "actions": [
   {
      "mqtt":{
        "server": "tcp://127.0.0.1:${broker.port}",
        "sendSingle": true,
        "topic": "ekuiper/defect"
      }
    }
  ]
}`,
    );
    assert.deepEqual(rule, [201, 'Rule ruleOp was created successfully.']);
  });

  it('gives for five pictures the five results of the golden vectors', async () => {
    await service.ready();
    await using results = await collect(broker.url, 'ekuiper/defect');
    const vectors = loadEqualVectors().slice(0, PICTURES);
    for (const vector of vectors) {
      await results.publish('openvino_demo', JSON.stringify({ image: readVectorFile(vector.file).toString('base64') }));
    }
    await results.count(PICTURES);
    assert.equal(results.messages.length, PICTURES);
    for (const [index, vector] of vectors.entries()) {
      const result = JSON.parse(results.texts()[index] ?? '') as Record<string, string>;
      assert.deepEqual(Object.keys(result), ['afterProcess', 'origin']);
      assert.equal(result['origin'], readVectorFile(vector.file).toString('base64'));
      const expected = await sharp(readVectorFile(vector.result)).raw().toBuffer();
      const drawn = await sharp(Buffer.from(result['afterProcess'] ?? '', 'base64'))
        .raw()
        .toBuffer();
      assert.ok(drawn.equals(expected), vector.file);
    }
  });

  it('tells it in the status, with figures of what was done', async () => {
    const status = JSON.parse(await get('/rules/ruleOp/status')) as Record<string, number | string>;
    const figures = [
      'source_openvino_demo_0',
      'op_2_decoder_0',
      'op_3_filter_0',
      'op_4_project_0',
      'sink_mqtt_0_0',
    ].map((prefix) => [status[`${prefix}_records_in_total`], status[`${prefix}_records_out_total`]]);
    assert.deepEqual(
      figures,
      Array.from({ length: 5 }, () => [PICTURES, PICTURES]),
    );
    assert.ok(Number(status['op_3_filter_0_process_latency_us']) > 0);
    assert.equal(status['source_openvino_demo_0_connection_status'], 1);
  });

  it('is written as a configuration by migrate', async () => {
    const cli = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
    const { stdout } = await run(process.execPath, [cli, 'migrate', `http://${host}`]).catch(
      (ended: { code: number; stdout: string; stderr: string }) => {
        assert.match(ended.stderr, /^plugin defect: copy model\.xml/); // what a file cannot say ends with 1
        assert.equal(ended.code, 1);
        return ended;
      },
    );
    const { config } = loadText(stdout);
    assert.deepEqual([config.streams[0]?.topics, config.rules[0]?.where], [['openvino_demo'], 'defect >= 0']);
  });

  it('is there again after a kill -9, and answers a picture', async () => {
    service.kill('SIGKILL');
    await service.ended;
    await using results = await collect(broker.url, 'ekuiper/defect');
    const [vector] = loadEqualVectors();
    await results.publish(
      'openvino_demo',
      JSON.stringify({ image: readVectorFile(vector?.file ?? '').toString('base64') }),
    );
    service = await startService();
    await results.count(1);
    await until('the rule runs', async () => (await get('/rules')).includes('"status":"running"'));
  });
});
