/**
 * The catalogue is reloaded again and again while pictures flow. Each version publishes to topics of its own, so that the
 * results of a picture say which version judged it.
 */
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { modelWithoutSelfTest } from '../test/support/engine/test-model.js';
import { makeTemporaryFolder } from '../test/support/temporary-folder.js';
import { until } from '../test/support/until.js';
import { type Bench, openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

const TOKEN = 'reloads';
/** Of each inference: pictures wait for a worker while several versions come and go. */
const WORK_MS = 10;
/** Results of a rule that is stopped and started again. */
const STOPPED = 'out/e';
/** So many pictures may wait at the broker: mosquitto keeps no more than 1000. */
const BACKLOG = 300;

interface Counts {
  readonly pictures: number;
  readonly reloads: number;
  readonly swaps: number;
  readonly kills: number;
}

/** A rule that changes each time, others that do so now and then, come and go, or change their connection. */
function rulesOf(n: number, sourceUrl: string) {
  const own = { url: sourceUrl };
  return [
    { id: 'a', topic: `out/a/${n}` },
    { id: 'b', topic: `out/b/${Math.floor(n / 3)}`, sink: own },
    ...(n % 2 === 0 ? [{ id: 'c', topic: 'out/c/0', sink: own }] : []),
    { id: 'e', topic: STOPPED },
    ...(n % 5 === 0 ? [] : [{ id: 'd', topic: `out/d/${Math.floor(n / 7)}`, sink: { username: `u${n % 4 < 2}` } }]),
  ].map((rule) => ({ ...rule, where: 'true', fields: ['id'] }));
}

/** But that of the rule that may be stopped. */
function topicsOf(n: number): readonly string[] {
  return rulesOf(n, '').flatMap(({ topic }) => (topic === STOPPED ? [] : [topic]));
}

/** The judgements that are whole among the results of a picture, and the results that belong to none of these. */
function judgements(topics: readonly string[]): { readonly whole: number; readonly rest: readonly string[] } {
  let rest = [...topics];
  let whole = 0;
  for (const [, n] of topics.flatMap((topic) => [/^out\/a\/(\d+)$/.exec(topic) ?? []])) {
    const expected = n === undefined ? undefined : topicsOf(Number(n));
    if (expected === undefined || !expected.every((topic) => rest.includes(topic))) continue;
    whole += 1;
    for (const topic of [...expected, STOPPED]) {
      if (rest.includes(topic)) rest = rest.toSpliced(rest.indexOf(topic), 1);
    }
  }
  return { whole, rest };
}

function reloads(id: string, title: string, countsOf: (isFull: boolean) => Counts): Fault {
  return {
    id,
    title,
    target: '0 lost, no dead letter, every picture judged by exactly one version each time that it is inspected',
    async run(extent) {
      const { pictures, reloads: times, swaps, kills } = countsOf(extent === 'full');
      await using folder = await makeTemporaryFolder();
      const file = join(folder.path, 'flawline.yaml');
      const results = new Map<string, string[]>();
      await using bench = await openBench({
        ownSinkBroker: true,
        startAtOnce: false,
        engine: { delayMs: WORK_MS },
        results: 'out/#',
        isWhole(picture, topic) {
          const topics = [...(results.get(picture) ?? []), topic];
          results.set(picture, topics);
          return judgements(topics).whole > 0;
        },
        env: {
          FLAWLINE_CONFIG: file,
          FLAWLINE_HTTP_TOKEN: TOKEN,
          FLAWLINE_JOURNAL_PATH: join(folder.path, 'journal'),
          FLAWLINE_MODEL_PATH: '', // the file has them
          FLAWLINE_RESULT_FIELDS: '',
        },
      });
      const path = await modelWithoutSelfTest();
      async function write(n: number): Promise<void> {
        const threshold = Math.floor((n * swaps) / times) % 2 === 0 ? 0.5 : 0.9;
        const catalogue = { models: [{ id: 'm', path, threshold }], rules: rulesOf(n, bench.proxy.url) };
        await rename(await folder.write('next.yaml', JSON.stringify(catalogue)), file);
      }
      await write(0);
      await bench.startService();
      const told: string[] = [];
      let slowestMs = 0;
      let killed = 0;
      for (let n = 1; n <= times; n += 1) {
        await write(n);
        const isKilled = Math.floor((n * kills) / times + 0.5) > killed; // never where the model changes
        const sent = bench.publisher.burst(
          Math.floor((n * pictures) / times) - Math.floor(((n - 1) * pictures) / times),
        );
        const startedAt = performance.now();
        const reloading = ask(bench, 'reload');
        if (isKilled) {
          killed += 1;
          await Promise.race([delay((n * 37) % 150), reloading.catch(() => undefined)]);
          bench.collector.mark();
          await bench.endService('SIGKILL');
          await reloading.catch(() => undefined);
          await bench.startService();
        } else {
          told.push(...(await reloading));
          slowestMs = Math.max(slowestMs, performance.now() - startedAt);
          if (n % 2 === 0) told.push(...(await ask(bench, `rules/e/${n % 4 === 0 ? 'start' : 'stop'}`)));
        }
        await sent;
        await until('the backlog is small', () => bench.tally().lost.length < BACKLOG);
      }
      const counts = await bench.ack();
      const all = [...results.values()].map(judgements);
      const twice = [...results].flatMap(([picture, topics]) => (judgements(topics).whole > 1 ? [picture] : []));
      const mixed = all.filter(({ rest }) => (kills === 0 ? rest.length > 0 : !isPartOfOne(rest, times)));
      const replaced = told.filter((text) => text === 'model m replaced').length;
      const stopped = told.filter((text) => text === 'rule e stopped').length;
      const outcome = judge({ ...counts, twice }, { twiceFraction: kills === 0 ? 0 : extent === 'full' ? 0.02 : 1 }, [
        mixed.length > 0 && `${mixed.length} judged by several versions: ${mixed[0]?.rest.join(' ')}`,
        kills === 0 && replaced !== swaps && `${replaced} models replaced`,
        kills === 0 && stopped === 0 && 'no rule was stopped',
      ]);
      const cut = all.filter(({ rest }) => rest.length > 0).length;
      const ofKills = kills === 0 ? '' : `, ${killed} kills, ${cut} pictures with results of a judgement that was cut`;
      return {
        ...outcome,
        note: `${times} reloads, ${replaced} of them replaced the model, the slowest took ${Math.round(slowestMs)} ms; a rule stopped ${stopped} times${ofKills}`,
      };
    },
  };
}

/** A kill may fall between the results of a picture; those that were out came of one version. */
function isPartOfOne(rest: readonly string[], last: number): boolean {
  return Array.from({ length: last + 1 }, (_, n) => topicsOf(n)).some((topics) =>
    rest.every((topic) => topic === STOPPED || topics.includes(topic)),
  );
}

/** @returns what changed; @throws {Error} when it is not taken */
async function ask({ service }: Bench, path: string): Promise<readonly string[]> {
  const url = `http://127.0.0.1:${service.httpPort}/${path}`;
  const response = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` } });
  const answer = JSON.parse(await response.text());
  if (!response.ok) throw new Error(`${path} was refused: ${JSON.stringify(answer)}`);
  return answer.changes;
}

export const reloadFaults: readonly Fault[] = [
  reloads(
    'reloads',
    'catalogue reloaded under load: rules added, changed, stopped, dropped, the model replaced, sinks on two brokers',
    (isFull) =>
      isFull
        ? { pictures: 10_000, reloads: 300, swaps: 20, kills: 0 }
        : { pictures: 300, reloads: 20, swaps: 2, kills: 0 },
  ),
  reloads('reloads-and-kills', 'the same, with service `kill -9` in between', (isFull) =>
    isFull
      ? { pictures: 10_000, reloads: 300, swaps: 20, kills: 20 }
      : { pictures: 100, reloads: 8, swaps: 1, kills: 1 },
  ),
];
