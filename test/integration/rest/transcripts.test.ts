/** What a running eKuiper was asked and answered, asked here in the same order: test/vectors/ekuiper/rest.json. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect } from '../../support/broker/client.js';
import {
  type Exchange,
  loadExchanges,
  type RestService,
  startRestService,
} from '../../support/service/rest-service.js';
import { until } from '../../support/until.js';
import { loadEqualVectors, readVectorFile } from '../../vectors/load-vectors.js';

interface Places {
  readonly folder: string;
  readonly port: number;
}

/** The recording has /tmp and the port of its broker. */
function placed(text: string, { folder, port }: Places): string {
  return text
    .replaceAll('file:///tmp/', `file://${folder}/`)
    .replaceAll('stat /tmp/', `stat ${folder}/`)
    .replaceAll('127.0.0.1:1891', `127.0.0.1:${port}`)
    .replaceAll('{uploads}', join(folder, 'kept/uploads'));
}

function keysOf(answer: string): readonly (readonly [key: string, isText: boolean])[] {
  return [...answer.matchAll(/"([A-Za-z_0-9]+)": ?("|-?\d)/g)].map(
    ([, key = '', first]) => [key, first === '"'] as const,
  );
}

/** Every key that was recorded is there, in the same order and of the same type; some recordings are cut short. */
function assertFigures(expected: string, answer: string, what: string): void {
  const here = keysOf(answer);
  let at = 0;
  for (const recorded of keysOf(expected)) {
    const found = here.findIndex(([key], index) => index >= at && key === recorded[0]);
    assert.ok(found >= 0, `${what}: ${recorded[0]} is missing, or in another place`);
    assert.deepEqual(here[found], recorded, what);
    at = found + 1;
  }
  for (const key of ['status', 'message']) {
    const valueIn = (text: string) => new RegExp(`"${key}": ?"([^"]*)"`).exec(text)?.[1];
    if (valueIn(expected) !== undefined) assert.equal(valueIn(answer), valueIn(expected), what);
  }
}

const COUNTS = /"(\w+_(?:records_in_total|records_out_total|messages_processed_total|exceptions_total))": ?(\d+)/g;

/** The recording was made when six pictures had been published. */
function assertCounts(expected: string, answer: string, what: string): void {
  const counts = (text: string) =>
    new Map([...text.matchAll(COUNTS)].map(([, key = '', count]) => [key, Number(count)]));
  const here = counts(answer);
  for (const [key, count] of counts(expected)) assert.equal(here.get(key), count, `${what}: ${key}`);
}

const AFTER_SIX = 'Rule: status after 6 messages';

async function publishSix(url: string): Promise<void> {
  await using results = await collect(url, 'ekuiper/defect');
  const [vector] = loadEqualVectors();
  const image = readVectorFile(vector?.file ?? '').toString('base64');
  for (let count = 1; count <= 6; count++) {
    await results.publish('openvino_demo', JSON.stringify({ image }));
    await results.count(count);
  }
}

async function replay(exchange: Exchange, { call }: RestService, places: Places): Promise<void> {
  const { method, path, status, type, answer, compare, here } = exchange;
  const body = exchange.body === undefined ? undefined : placed(exchange.body, places);
  const given = await call(method, path, body === '' ? undefined : body);
  const what = `${exchange.section}: ${method} ${path} ${body ?? ''}`;
  assert.equal(given.status, here?.status ?? status, `${what}: ${given.text}`);
  assert.equal(given.answer.headers['content-type'], type, what);
  if (compare === 'figures') assertFigures(answer, given.text, what);
  if (compare === 'figures' && exchange.section === AFTER_SIX) assertCounts(answer, given.text, what);
  if (compare !== 'figures') assert.equal(given.text, placed(here?.answer ?? answer, places), what);
}

it('answers as eKuiper did, but for what is listed', { skip: brokerMissing }, async () => {
  await using broker = await startBroker();
  await using rest = await startRestService({ brokerUrl: broker.url });
  const places = { folder: rest.folder.path, port: broker.port };
  const exchanges = loadExchanges();
  for (const [index, exchange] of exchanges.entries()) {
    if (exchange.section === AFTER_SIX && exchanges[index - 1]?.section !== AFTER_SIX) {
      await until('the stream is subscribed', () => rest.service.service.readiness().ready);
      await publishSix(broker.url);
    }
    await replay(exchange, rest, places);
    // There the call failed, and what follows was recorded without the plugin.
    if (exchange.path === '/plugins/functions' && exchange.method === 'POST')
      await rest.call('DELETE', '/plugins/functions/defect');
  }
});

it('has a reason for each difference, and the same answer else', () => {
  const exchanges = loadExchanges();
  const different = exchanges.filter(({ compare }) => compare === 'different');
  assert.deepEqual(
    different.filter(({ why, here }) => why === undefined || here === undefined),
    [],
  );
  const counts = { all: exchanges.length, different: different.length };
  assert.deepEqual(counts, { all: 147, different: 4 });
});
