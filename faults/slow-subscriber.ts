import { setTimeout as delay } from 'node:timers/promises';
import { connectClient } from '../test/support/broker/client.js';
import { startTcpProxy } from '../test/support/broker/tcp-proxy.js';
import { openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

const BYTES_PER_SECOND = 200;

/** A dashboard behind a bad line, beside the collector. What waits for it waits at the broker. */
export const slowSubscriber: Fault = {
  id: 'slow-subscriber',
  title: `a subscriber to the results takes ${BYTES_PER_SECOND} bytes a second`,
  target: 'nobody else notices: 0 lost, 0 twice, the intake never pauses for it',
  async run(extent) {
    await using bench = await openBench();
    await using line = await startTcpProxy(bench.broker.port);
    await using slow = await connectClient(line.url);
    await slow.client.subscribeAsync('ekuiper/defect', { qos: 1 });
    let arrived = 0;
    slow.client.on('message', () => {
      arrived += 1;
    });
    line.throttle(BYTES_PER_SECOND);
    await bench.publisher.during(40, () => delay(extent === 'full' ? 10_000 : 2000));
    const counts = await bench.ack();
    const outcome = judge(counts, { twiceFraction: 0 }, [arrived >= counts.sent && 'it was not slow']);
    return { ...outcome, note: `${arrived} of ${counts.sent} had reached it then` };
  },
};
