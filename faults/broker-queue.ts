import { connectClient } from '../test/support/broker/client.js';
import { until } from '../test/support/until.js';
import { openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

const DROPPED = '$SYS/broker/publish/messages/dropped';

export const brokerQueue: Fault = {
  id: 'broker-queue',
  title: "broker's queue at mosquitto's default limit (1000), service down",
  target: `the loss is the broker's; its own ${DROPPED} shows it`,
  async run(extent) {
    const [limit, count] = extent === 'full' ? [1000, 3000] : [100, 200];
    await using bench = await openBench({ broker: { config: [`max_queued_messages ${limit}`, 'sys_interval 1'] } });
    await using observer = await connectClient(bench.broker.url);
    let dropped = 0;
    observer.client.on('message', (_topic, payload) => {
      dropped = Number(payload.toString());
    });
    await observer.client.subscribeAsync(DROPPED);
    await bench.endService('SIGTERM');
    await bench.publisher.burst(count);
    await bench.startService();
    await until('the queue is inspected', () => bench.collector.count >= limit, 120_000);
    const counts = await bench.ack(3000);
    await until('the broker counts', () => dropped > 0).catch(() => undefined);
    const outcome = judge(counts, { lossIsBrokers: true, twiceFraction: 0 }, [
      dropped < counts.lost.length && `the broker counts ${dropped} dropped, lost are ${counts.lost.length}`,
    ]);
    return { ...outcome, note: `the broker counts ${dropped} dropped` };
  },
};
