/** Whatever is published: one dead letter with its code, and the service goes on. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect, connectClient } from '../../support/broker/client.js';
import { pictureMessage } from '../../support/pictures/payloads.js';
import { startTestService } from '../../support/service/service.js';
import { until } from '../../support/until.js';
import { readVectorFile } from '../../vectors/load-vectors.js';

const image = (bytes: string | Uint8Array) => JSON.stringify({ image: Buffer.from(bytes).toString('base64') });
const jpeg = readVectorFile('images/syn_color.jpg');

/** A PNG whose header promises more pixels than any limit; the rest is missing. */
function hugePng(): Buffer {
  const png = Buffer.from(readVectorFile('images/syn_3x2.png'));
  png.writeUInt32BE(20_000, 16);
  png.writeUInt32BE(20_000, 20);
  return png;
}

const CASES: readonly [what: string, payload: string | Uint8Array, code: string][] = [
  ['no JSON', 'hello', 'ERR_PAYLOAD_JSON'],
  ['a JSON array', '[1, 2, 3]', 'ERR_PAYLOAD_JSON'],
  ['JSON nested 10 000 deep', `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 'ERR_PAYLOAD_JSON'],
  ['no image field', '{"picture":"AAAA"}', 'ERR_PAYLOAD_FIELD'],
  ['an image field that is a number', '{"image":7}', 'ERR_PAYLOAD_FIELD'],
  ['two image fields', '{"image":"AAAA","image":"AAAA"}', 'ERR_PAYLOAD_FIELD'],
  ['wrong base64', '{"image":"%%%"}', 'ERR_PAYLOAD_BASE64'],
  ['an empty payload', '', 'ERR_PAYLOAD_EMPTY'],
  ['an empty picture', '{"image":""}', 'ERR_PAYLOAD_BASE64'],
  ['text named image', image('not a picture'), 'ERR_IMAGE_FORMAT'],
  ['a GIF', image(readVectorFile('images/syn_gif.gif')), 'ERR_IMAGE_FORMAT'],
  ['an SVG', image('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'ERR_IMAGE_FORMAT'],
  ['a truncated JPEG', image(jpeg.subarray(0, jpeg.length / 2)), 'ERR_IMAGE_DECODE'],
  ['a PNG header of 20 000 × 20 000', image(hugePng()), 'ERR_IMAGE_TOO_LARGE'],
  ['20 MiB', Buffer.alloc(20 * 2 ** 20, 0x20), 'ERR_PAYLOAD_TOO_LARGE'],
];

describe('bad input', { skip: brokerMissing }, () => {
  it('gives one dead letter each, and the next picture is inspected', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url });
    await using letters = await collect(broker.url, 'flawline/flawline/dead-letter');
    await using results = await collect(broker.url, 'ekuiper/defect');
    await using publisher = await connectClient(broker.url);
    for (const [, payload] of CASES) await publisher.publish('openvino_demo', payload);
    await publisher.publish('openvino_demo', pictureMessage());
    await Promise.all([letters.count(CASES.length), results.count(1)]);
    const got = letters.texts().map((text) => JSON.parse(text));
    const byBytes = (n: number) => got.filter(({ payloadBytes }) => payloadBytes === n).map(({ code }) => code);
    assert.deepEqual(
      CASES.map(([what, payload]) => [what, byBytes(Buffer.from(payload as string).length)]),
      CASES.map(([what, , code]) => [what, [code]]),
    );
    await until('everything is settled', () => service.service.ledger().inFlight === 0);
    assert.equal(service.service.ledger().outcomes.dead_lettered, CASES.length);
    assert.equal(await service.metric('flawline_worker_restarts_total'), 0);
  });

  it('lets a small payload travel along for a replay, and leaves a large one out', async () => {
    await using broker = await startBroker();
    await using _service = await startTestService({
      brokerUrl: broker.url,
      env: { FLAWLINE_DEAD_LETTER_MAX_PAYLOAD_BYTES: '10' },
    });
    await using letters = await collect(broker.url, 'flawline/flawline/dead-letter');
    await using publisher = await connectClient(broker.url);
    await publisher.publish('openvino_demo', 'ten bytes!');
    await publisher.publish('openvino_demo', 'eleven bytes');
    await letters.count(2);
    const got = new Map(letters.texts().map((text) => [JSON.parse(text).payloadBytes, JSON.parse(text).payload]));
    assert.deepEqual(
      got,
      new Map([
        [10, Buffer.from('ten bytes!').toString('base64')],
        [12, undefined],
      ]),
    );
  });
});
