/**
 * The catalogue is changed by REST again and again while pictures flow. A rule publishes to two brokers, to topics that say
 * which version of it judged a picture.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../src/std/loopback.js';
import { modelWithoutSelfTest } from '../test/support/engine/test-model.js';
import { pluginZip } from '../test/support/service/plugin-zip.js';
import { call } from '../test/support/service/rest-service.js';
import { makeTemporaryFolder } from '../test/support/temporary-folder.js';
import { until } from '../test/support/until.js';
import { type Bench, openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

/** Of each inference: pictures wait for a worker while several versions come and go. */
const WORK_MS = 10;
const BACKLOG = 300;
/** Results of a rule that is stopped and started again. */
const STOPPED = 'out/c';
const SQL = 'SELECT id, inference(image)->defect as defect FROM camera WHERE inference(image)->defect >= 0';

interface Counts {
  readonly pictures: number;
  readonly changes: number;
  readonly swaps: number;
  readonly kills: number;
}

function ruleOf(n: number, { sinkBroker, proxy }: Bench) {
  const action = (server: string, topic: string) => ({
    mqtt: { server, topic, sendSingle: true, clientId: `${topic.slice(4, 5)}-${n % 4}` },
  });
  return { id: 'a', sql: SQL, actions: [action(sinkBroker.url, `out/a/${n}`), action(proxy.url, `out/b/${n}`)] };
}

interface Judgements {
  /** By both actions of one version. */
  readonly whole: number;
  readonly rest: readonly string[];
}

function judgements(topics: readonly string[]): Judgements {
  let rest = topics.filter((topic) => topic !== STOPPED);
  let whole = 0;
  for (const topic of topics) {
    const other = topic.replace('out/a/', 'out/b/');
    if (other === topic || !rest.includes(topic) || !rest.includes(other)) continue;
    whole += 1;
    rest = rest.toSpliced(rest.indexOf(topic), 1);
    rest = rest.toSpliced(rest.indexOf(other), 1);
  }
  return { whole, rest };
}

function restChanges(id: string, title: string, countsOf: (isFull: boolean) => Counts): Fault {
  return {
    id,
    title,
    target: '0 lost, no dead letter, every picture judged by exactly one version each time that it is inspected',
    async run(extent) {
      const { pictures, changes, swaps, kills } = countsOf(extent === 'full');
      await using folder = await makeTemporaryFolder();
      const model = await modelWithoutSelfTest();
      for (const threshold of [0.5, 0.9]) {
        const manifest = { name: 'model.json', data: Buffer.from(JSON.stringify({ threshold })) };
        await folder.write(`${threshold}.zip`, await pluginZip({ model, entries: [manifest] }));
      }
      const results = new Map<string, string[]>();
      const port = await freePort();
      const env = {
        FLAWLINE_MODEL_PATH: '',
        FLAWLINE_REST_ENABLED: 'true',
        FLAWLINE_REST_PORT: String(port),
        FLAWLINE_REST_FILES: folder.path,
        FLAWLINE_CATALOGUE_PATH: join(folder.path, 'kept'),
      };
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
        // A key of the sink would bring the objects that there are without REST.
        env: { ...env, FLAWLINE_SINK_URL: '', FLAWLINE_JOURNAL_PATH: join(folder.path, 'journal') },
      });
      async function ask(method: string, path: string, body?: object): Promise<string> {
        const { status, text } = await call(`http://127.0.0.1:${port}`, { method, path, body });
        if (status >= 300) throw new Error(`${method} ${path} was refused: ${text}`);
        return text;
      }
      const plugin = (n: number) => ({
        name: 'defect',
        file: `file://${folder.path}/${Math.floor((n * swaps) / changes) % 2 === 0 ? 0.5 : 0.9}.zip`,
      });
      await bench.startService();
      await ask('POST', '/plugins/functions', plugin(0));
      await ask('POST', '/streams', { sql: 'CREATE STREAM camera () WITH (DATASOURCE="openvino_demo")' });
      await ask('POST', '/rules', ruleOf(0, bench));
      const c = { mqtt: { server: bench.sinkBroker.url, topic: STOPPED, sendSingle: true } };
      await ask('POST', '/rules', { id: 'c', sql: SQL, actions: [c] });
      await until('the stream is subscribed', async () => (await bench.reasons()) === '');
      let slowestMs = 0;
      let killed = 0;
      let replaced = 0;
      let stopped = 0;
      for (let n = 1; n <= changes; n += 1) {
        const isSwap = Math.floor((n * swaps) / changes) > Math.floor(((n - 1) * swaps) / changes);
        const isKilled = Math.floor((n * kills) / changes + 0.5) > killed;
        const sent = bench.publisher.burst(
          Math.floor((n * pictures) / changes) - Math.floor(((n - 1) * pictures) / changes),
        );
        const startedAt = performance.now();
        const changing = ask('PUT', '/rules/a', ruleOf(n, bench));
        if (isKilled) {
          killed += 1;
          await Promise.race([delay((n * 37) % 150), changing.catch(() => undefined)]);
          bench.collector.mark();
          await bench.endService('SIGKILL');
          await changing.catch(() => undefined);
          await bench.startService();
        } else {
          await changing;
          slowestMs = Math.max(slowestMs, performance.now() - startedAt);
          if (isSwap) await ask('PUT', '/plugins/functions/defect', plugin(n));
          if (isSwap) replaced += 1;
          if (n % 2 === 0) await ask('POST', `/rules/c/${n % 4 === 0 ? 'start' : 'stop'}`);
          if (n % 4 === 2) stopped += 1;
        }
        await sent;
        await until('the backlog is small', () => bench.tally().lost.length < BACKLOG);
      }
      const counts = await bench.ack();
      const all = [...results.values()].map(judgements);
      const twice = [...results].flatMap(([picture, topics]) => (judgements(topics).whole > 1 ? [picture] : []));
      const isMixed = ({ rest }: Judgements) =>
        kills === 0 ? rest.length > 0 : new Set(rest.map((topic) => topic.slice(6))).size > 1;
      const mixed = all.filter(isMixed);
      const outcome = judge({ ...counts, twice }, { twiceFraction: kills === 0 ? 0 : extent === 'full' ? 0.02 : 1 }, [
        mixed.length > 0 && `${mixed.length} judged by several versions: ${mixed[0]?.rest.join(' ')}`,
        kills === 0 && replaced !== swaps && `${replaced} models replaced`,
      ]);
      const ofKills = kills === 0 ? '' : `, ${killed} kills`;
      return {
        ...outcome,
        note: `${changes} changes of a rule, the slowest took ${Math.round(slowestMs)} ms; ${replaced} models replaced, a rule stopped ${stopped} times${ofKills}`,
      };
    },
  };
}

export const restFaults: readonly Fault[] = [
  restChanges(
    'rest-changes',
    'catalogue changed by REST under load: a rule in SQL replaced, one stopped and started, the plugin swapped, sinks on two brokers',
    (isFull) =>
      isFull
        ? { pictures: 10_000, changes: 300, swaps: 20, kills: 0 }
        : { pictures: 200, changes: 12, swaps: 2, kills: 0 },
  ),
  restChanges('rest-changes-and-kills', 'the same by REST, with service `kill -9` in between', (isFull) =>
    isFull
      ? { pictures: 10_000, changes: 300, swaps: 20, kills: 20 }
      : { pictures: 100, changes: 8, swaps: 1, kills: 1 },
  ),
];
