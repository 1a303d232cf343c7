import { pictureMessage } from '../test/support/pictures/payloads.js';
import { openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

const BROKER_BYTES = 4000;
const OUR_BYTES = 3000;
const EVERY = 10;

/**
 * Every tenth input is above our limit, every tenth gives a result above the broker's; their dead letters would be,
 * too.
 */
export const oversize: Fault = {
  id: 'oversize',
  title: 'input above limits.maxPayloadBytes, result above the largest packet of the broker',
  target: 'dead letter, 0 reconnects',
  async run(extent) {
    const count = extent === 'full' ? 500 : 20;
    const isLargeInput = (id: string) => Number(id.slice(1)) % EVERY === 1;
    const isLargeResult = (id: string) => Number(id.slice(1)) % EVERY === 2;
    await using bench = await openBench({
      broker: { config: [`max_packet_size ${BROKER_BYTES}`] },
      env: {
        FLAWLINE_LIMITS_MAX_PAYLOAD_BYTES: String(OUR_BYTES),
        FLAWLINE_RESULT_FIELDS: 'id,origin as a,origin as b,origin as c',
      },
      messageOf: (id) =>
        pictureMessage(isLargeResult(id) ? 'images/syn_palette.png' : 'images/syn_3x2.png', {
          id,
          more: 'x'.repeat(isLargeInput(id) ? OUR_BYTES : 0),
        }),
    });
    await bench.publisher.burst(count);
    const counts = await bench.ack();
    const ids = Array.from({ length: count }, (_, n) => `p${n}`);
    const expected = ids.filter((id) => isLargeInput(id) || isLargeResult(id));
    const connections = bench.broker.log().split(' as flawline').length - 1;
    const outcome = judge(counts, { deadLetters: expected, twiceFraction: 0 }, [
      connections !== 2 && `${connections - 2} reconnects`,
    ]);
    return {
      ...outcome,
      note: `${[...new Set(counts.deadLetters.values())].join(', ')}; ${connections - 2} reconnects`,
    };
  },
};
