import { setTimeout as delay } from 'node:timers/promises';
import { openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

const TOPIC = { FLAWLINE_SOURCE_TOPICS: '$share/line/openvino_demo' };
const member = (name: string) => ({ ...TOPIC, FLAWLINE_MQTT_CLIENT_ID: name });

/** A dead member's share waits for it at the broker; it comes back under its name. */
export const share: Fault = {
  id: 'share',
  title: '`$share` with 3 members, one killed and started again',
  target: '0 lost while sessions live',
  async run(extent) {
    const kills = extent === 'full' ? 5 : 1;
    await using bench = await openBench({ env: TOPIC });
    await using _second = await bench.startAnother(member('second'));
    let third = await bench.startAnother(member('third'));
    try {
      await bench.publisher.during(30, async () => {
        for (let kill = 0; kill < kills; kill += 1) {
          await delay(500);
          third.kill('SIGKILL');
          await third.ended;
          third = await bench.startAnother(member('third'));
        }
      });
      return { ...judge(await bench.ack(), {}), note: `${kills} kills` };
    } finally {
      await third[Symbol.asyncDispose]();
    }
  },
};
