import { openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

const CAP = 8;

export const receiveMaximum: Fault = {
  id: 'receive-maximum',
  title: 'broker that sends without regard to receiveMaximum',
  target: 'in flight ≤ limits.inFlight',
  async run(extent) {
    const count = extent === 'full' ? 1000 : 50;
    await using bench = await openBench({
      engine: { delayMs: 10 },
      env: { FLAWLINE_LIMITS_IN_FLIGHT: String(CAP), FLAWLINE_MQTT_RECEIVE_MAXIMUM: '4' },
    });
    await bench.publisher.burst(count);
    const counts = await bench.ack();
    const most = bench.watch.largest('flawline_messages_in_flight');
    const outcome = judge(counts, { twiceFraction: 0 }, [most > CAP && `${most} in flight`]);
    return { ...outcome, note: `at most ${most} in flight of ${CAP} allowed, receiveMaximum 4` };
  },
};
