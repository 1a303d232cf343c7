/** The broker goes away and comes back: in order, by SIGKILL, and without its sessions. */
import { setTimeout as delay } from 'node:timers/promises';
import { brokerVersion } from '../test/support/broker/broker.js';
import { durableBroker, durableMissing } from '../test/support/broker/durable-mosquitto.js';
import { until } from '../test/support/until.js';
import { openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

const BACK_MS = 2000;
const STORED_MS = 1000;

export const brokerStop: Fault = {
  id: 'broker-stop',
  title: "broker SIGTERM (Debian's mosquitto, `persistence true`)",
  target: '0 lost, results again < 2 s after its port opens',
  async run(extent) {
    const restarts = extent === 'full' ? 20 : 1;
    await using bench = await openBench({ broker: { persistence: true } });
    await bench.publisher.during(50, async () => {
      for (let restart = 0; restart < restarts; restart += 1) {
        await delay(500);
        await bench.broker.stop('SIGTERM');
        await bench.broker.start();
        bench.collector.mark();
        await until('results come again', () => !bench.collector.isMarked, 30_000);
      }
    });
    const outcome = judge(await bench.ack(), extent === 'full' ? { recoveryMs: BACK_MS } : {});
    return { ...outcome, note: `${restarts} restarts; the publisher's own repeats count as twice` };
  },
};

export const brokerKill: Fault = {
  id: 'broker-kill',
  title: "broker SIGKILL (Debian's mosquitto stores nothing before its PUBACK: the loss is its own)",
  target: 'reconnects, no wrong acknowledgement, ledger exact',
  async run(extent) {
    const kills = extent === 'full' ? 20 : 1;
    await using bench = await openBench({ broker: { persistence: true } });
    await bench.publisher.during(50, async () => {
      for (let kill = 0; kill < kills; kill += 1) {
        await delay(500);
        await bench.broker.stop('SIGKILL');
        await bench.broker.start();
        bench.collector.mark();
        await until('results come again', () => !bench.collector.isMarked, 30_000);
      }
    });
    const outcome = judge(await bench.ack(3000), { lossIsBrokers: true });
    return { ...outcome, note: `${kills} kills, results again after each` };
  },
};

export const brokerKillStored: Fault = {
  id: 'broker-kill-stored',
  title:
    'broker SIGKILL, on a broker that stores what it acknowledges (mosquitto 2.1, `deploy/mosquitto/durable.conf`)',
  target: '0 lost, also of what waits for a service that is away, from a second after its PUBACK on',
  skip: durableMissing,
  async run(extent) {
    const kills = extent === 'full' ? 20 : 1;
    const broker = durableBroker();
    await using bench = await openBench({ broker });
    await bench.publisher.during(50, async () => {
      for (let kill = 0; kill < kills; kill += 1) {
        await delay(500);
        await bench.broker.stop('SIGKILL');
        await bench.broker.start();
        bench.collector.mark();
        await until('results come again', () => !bench.collector.isMarked, 30_000);
      }
    });
    // The queue of an absent service is what a broker loses that stores later.
    await bench.endService('SIGTERM');
    const waiting = extent === 'full' ? 500 : 50;
    await bench.publisher.burst(waiting);
    await delay(STORED_MS); // the plugin stores right behind the PUBACK, not before it
    await bench.broker.stop('SIGKILL');
    await bench.broker.start();
    await bench.startService();
    const outcome = judge(await bench.ack(), {});
    return {
      ...outcome,
      note: `${brokerVersion(broker.program)}; ${kills} kills under load, then one with ${waiting} waiting`,
    };
  },
};

export const sessionLost: Fault = {
  id: 'session-lost',
  title: 'broker forgets every session (restart without persistence)',
  target: 'no wrong acknowledgement, subscribes again; what it forgot is the loss of the broker',
  async run(extent) {
    const restarts = extent === 'full' ? 5 : 1;
    await using bench = await openBench();
    let after = 0;
    const connects = () => bench.broker.log().split(' as flawline').length - 1;
    for (let restart = 0; restart < restarts; restart += 1) {
      await bench.publisher.during(50, async () => {
        await delay(500);
        const before = connects();
        await bench.broker.stop('SIGTERM');
        await bench.broker.start();
        await bench.collector.subscribed();
        // Green may be that of before: the service has not noticed yet.
        await until('the service is there again', () => connects() >= before + 2);
        await until('the service is subscribed', async () => (await bench.reasons()) === '');
      });
      const before = bench.tally().lost.length;
      await bench.publisher.burst(20);
      await until('the next ones arrive', () => bench.tally().lost.length <= before, 20_000).catch(() => undefined);
      after += Math.max(0, bench.tally().lost.length - before);
    }
    const outcome = judge(await bench.ack(2000), { lossIsBrokers: true }, [
      after > 0 && `${after} lost after it was back`,
    ]);
    return { ...outcome, note: `${restarts} times; ${after} lost of those sent when it was subscribed again` };
  },
};
