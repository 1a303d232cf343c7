/** The broker takes the pictures and refuses what comes of them: for the moment, or for good. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectClient, type TestClient } from '../test/support/broker/client.js';
import { accept, startWireBroker } from '../test/support/broker/wire-broker.js';
import { makeTemporaryFolder } from '../test/support/temporary-folder.js';
import { until } from '../test/support/until.js';
import { openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

const QUOTA_EXCEEDED = 0x97;
const RESULTS = 'ekuiper/defect';

/** The sink's broker is a bare socket that answers so to results; what it takes it hands on to the collector's. */
export const quota: Fault = {
  id: 'quota',
  title: 'broker refuses every result for the moment (0x97, Quota exceeded)',
  target: 'input stays un-acknowledged, results are sent again with back-off, 0 lost, no dead letter',
  async run(extent) {
    let isRefusing = true;
    let refusals = 0;
    let relay: TestClient | undefined;
    await using wire = await startWireBroker((packet) => {
      if (packet.cmd === 'subscribe') return [{ cmd: 'suback', messageId: packet.messageId ?? 0, granted: [1] }];
      if (packet.cmd !== 'publish') return accept(packet);
      if (packet.qos === 0) return [];
      const isRefused = isRefusing && packet.topic === RESULTS;
      if (isRefused) refusals += 1;
      else void relay?.publish(packet.topic, packet.payload, { qos: 1, properties: userOf(packet.properties) });
      return [{ cmd: 'puback', messageId: packet.messageId ?? 0, reasonCode: isRefused ? QUOTA_EXCEEDED : 0 }];
    });
    await using bench = await openBench({ env: { FLAWLINE_SINK_URL: wire.url } });
    await using client = await connectClient(bench.broker.url);
    relay = client;
    let whileRefused = 0;
    await bench.publisher.during(20, async () => {
      await until('results are refused', () => refusals > 0);
      await delay(extent === 'full' ? 10_000 : 1000);
      whileRefused = bench.pubacks();
      bench.collector.mark();
      isRefusing = false;
    });
    const outcome = judge(await bench.ack(), { twiceFraction: 0 }, [
      whileRefused > 0 && `${whileRefused} acknowledged while every result was refused`,
    ]);
    return { ...outcome, note: `${refusals} refusals, ${whileRefused} acknowledged meanwhile` };
  },
};

function userOf(properties: { userProperties?: Record<string, string | string[]> } | undefined) {
  return { userProperties: properties?.userProperties ?? {} };
}

const NOTHING = ['topic read #', 'topic write openvino_demo', 'topic write flawline/flawline/state'];
const DEAD_LETTERS = [...NOTHING, 'topic write flawline/flawline/dead-letter'];
const EVERYTHING = ['topic readwrite #'];

export const accessList: Fault = {
  id: 'access-list',
  title: 'access list forbids results, then dead letters too, then nothing',
  target:
    'dead letters ERR_RESULT_REFUSED; then the intake stops, un-acknowledged, /readyz red with the reason; 0 lost',
  async run(extent) {
    const count = extent === 'full' ? 40 : 5; // mosquitto 2.0 hangs up at every refusal
    await using folder = await makeTemporaryFolder();
    const allow = (lines: readonly string[]) => folder.write('acl', `${lines.join('\n')}\n`);
    await allow(DEAD_LETTERS);
    await using bench = await openBench({ broker: { config: [`acl_file ${join(folder.path, 'acl')}`] } });
    const change = async (lines: readonly string[]) => {
      const reloads = () => bench.broker.log().split('Reloading config').length;
      const before = reloads();
      await allow(lines);
      process.kill(bench.broker.pid, 'SIGHUP');
      await until('the broker has read it', () => reloads() > before);
    };
    await bench.publisher.burst(count);
    await until('dead letters', () => bench.tally().deadLetters.size === count);
    await until('all are acknowledged', () => bench.pubacks() === count);
    await change(NOTHING);
    await bench.publisher.burst(count);
    await until('it is red', async () => /results: Cannot publish to/.test(await bench.reasons()));
    const whileForbidden = bench.pubacks() - count;
    bench.collector.mark();
    await change(EVERYTHING);
    const counts = await bench.ack();
    // One whose result was refused just before the change finds its dead letter allowed.
    const letters = [...counts.deadLetters.keys()];
    const codes = new Set(counts.deadLetters.values());
    const outcome = judge(counts, { deadLetters: letters, twiceFraction: 0 }, [
      letters.length < count && `${letters.length} dead letters of ${count}`,
      [...codes].some((code) => code !== 'ERR_RESULT_REFUSED') && `codes ${[...codes].join(', ')}`,
      whileForbidden > 0 && `${whileForbidden} acknowledged while everything was forbidden`,
    ]);
    return { ...outcome, note: `${count} with results forbidden, ${count} with both` };
  },
};
