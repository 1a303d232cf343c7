/** Keeping on a real broker and real threads. What would go wrong: a folder that cannot be written costs messages. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openKeptFolder } from '../../../src/keep/kept-folder.js';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { connectClient } from '../../support/broker/client.js';
import { pictureMessage } from '../../support/pictures/payloads.js';
import { startTestService, type TestService } from '../../support/service/service.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';
import { readVectorFile } from '../../vectors/load-vectors.js';

const COUNT = 5;

async function inspectAll(brokerUrl: string, { service }: TestService): Promise<void> {
  await using publisher = await connectClient(brokerUrl);
  for (let n = 0; n < COUNT; n += 1) {
    await publisher.publish('openvino_demo', pictureMessage('images/syn_1280x960.jpg', { id: `part-${n}` }));
  }
  await until('all are published', () => service.ledger().outcomes.published === COUNT);
}

describe('keep', { skip: brokerMissing }, () => {
  it('writes picture, record and mask of what is to be kept, and has its counts in the metrics', async () => {
    await using folder = await makeTemporaryFolder();
    await using broker = await startBroker();
    const env = {
      FLAWLINE_KEEP_PATH: folder.path,
      FLAWLINE_KEEP_WHERE: 'msg.id != "part-3"',
      FLAWLINE_CAMERAS_BY: 'topic',
    };
    await using service = await startTestService({ brokerUrl: broker.url, env });
    await inspectAll(broker.url, service);
    await until('all are kept', async () => (await service.metric('flawline_kept_total')) === COUNT - 1);
    await service.stop();
    const kept = openKeptFolder(folder.path);
    const entries = await Promise.all((await kept.scan()).items.map(({ key }) => kept.read(key)));
    assert.deepEqual(entries.map((entry) => entry?.id).sort(), ['part-0', 'part-1', 'part-2', 'part-4']);
    const [entry] = entries;
    assert.ok(entry !== undefined);
    const { camera, topic, rules, reasons, measures, picture } = entry;
    assert.deepEqual([camera, topic, rules, measures.defect], ['openvino_demo', 'openvino_demo', ['default'], 3]);
    assert.deepEqual(reasons, [{ rule: 'default', why: 'where' }]);
    assert.deepEqual(await readFile(join(folder.path, 'default', picture)), readVectorFile('images/syn_1280x960.jpg'));
  });

  it('publishes every result although the folder cannot be made, and says so in log and metrics', async () => {
    await using folder = await makeTemporaryFolder();
    const file = await folder.write('file', '');
    await using broker = await startBroker();
    const env = { FLAWLINE_KEEP_PATH: join(file, 'kept'), FLAWLINE_KEEP_SHARE: '1' };
    await using service = await startTestService({ brokerUrl: broker.url, env });
    await inspectAll(broker.url, service);
    await until(
      'all are given up',
      async () => (await service.metric('flawline_not_kept_total{cause="disk"}')) === COUNT,
    );
    assert.equal(await service.metric('flawline_kept_total'), 0);
    assert.equal(service.log.filter((line) => line.includes('pictures are not kept')).length, 1);
    assert.equal(service.service.readiness().ready, true);
  });

  it('has no metrics of it while it is off', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url });
    await assert.rejects(service.metric('flawline_kept_total'), /there is no metric/);
  });
});
