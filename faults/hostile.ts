import { readVectorFile } from '../test/vectors/load-vectors.js';
import { openBench } from './bench/bench.js';
import { rssBytes } from './bench/rss.js';
import { type Fault, judge } from './fault.js';

const GROWTH_BYTES = 100 * 2 ** 20;
const WARM_UP = 500;
const json = (image: unknown) => JSON.stringify({ image });
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** None of them can be inspected, whatever the number; sizes and cuts change with it. */
const KINDS: readonly ((n: number) => string | Uint8Array)[] = [
  (n) => json(base64(cut('images/syn_color.jpg', n))),
  (n) => cut('images/syn_color.png', n),
  (n) => cut('images/syn_webp.webp', n),
  (n) => `{"image":"${base64(Buffer.from('picture')).slice(0, (n % 8) + 1)}%"}`,
  (n) => `${'{"a":'.repeat(n % 3000)}1`,
  (n) => `{"a":${'['.repeat(n % 9000)}${']'.repeat(n % 9000)}}`,
  () => '{"image":NaN}',
  () => '',
  (n) => json(n),
  (n) => json(['x', null, {}, true][n % 4]),
  () => json(base64(hugePng())),
  () => hugePng(),
  (n) => json(base64(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${n}"/>`))),
  () => readVectorFile('images/syn_gif.gif'),
  (n) => Buffer.from(Array.from({ length: (n % 500) + 1 }, (_, i) => (i * 31 + n * 7) % 256)),
  (n) => `[${'0,'.repeat(n % 100)}0]`,
  (n) => `{"image":"AAAA","image":"${n}"}`,
  (n) => `{"__proto__":{"image":"${n}"}}`,
  (n) => json('A'.repeat((n % 2000) * 4)),
  (n) => `\u{feff}{"image":"${n}`,
];

export const hostile: Fault = {
  id: 'hostile',
  title: `hostile payloads of ${KINDS.length} kinds`,
  target: '0 crashes, one dead letter each, memory + < 100 MB',
  async run(extent) {
    const count = extent === 'full' ? 10_000 : 200;
    await using bench = await openBench({ messageOf: (id) => hostilePayload(Number(id.slice(1))) });
    const { pid } = bench.service;
    await bench.publisher.burst(Math.min(WARM_UP, count));
    await bench.ack();
    const before = rssBytes(pid);
    if (count > WARM_UP) await bench.publisher.burst(count - WARM_UP);
    const counts = await bench.ack();
    const growth = rssBytes(pid) - before;
    const all = Array.from({ length: count }, (_, n) => `p${n}`);
    const restarts = bench.watch.largest('flawline_worker_restarts_total');
    const outcome = judge(counts, { deadLetters: all, twiceFraction: 0 }, [
      restarts > 0 && `${restarts} workers replaced`,
      growth > GROWTH_BYTES && `memory grew by ${Math.round(growth / 2 ** 20)} MiB`,
    ]);
    const codes = [...new Set(counts.deadLetters.values())].sort();
    return { ...outcome, note: `memory + ${Math.round(growth / 2 ** 20)} MiB; ${codes.join(', ')}` };
  },
};

function hostilePayload(n: number): string | Uint8Array {
  return KINDS[n % KINDS.length]?.(n) ?? '';
}

/** A picture that ends early, never whole: what is left is its signature and at most half of the rest. */
function cut(file: string, n: number): Uint8Array {
  const whole = readVectorFile(file);
  return whole.subarray(0, 30 + (n % (whole.length / 2 - 30)));
}

/** A header that promises 268 million pixels. */
function hugePng(): Buffer {
  const png = Buffer.from(readVectorFile('images/syn_3x2.png'));
  png.writeUInt32BE(16_384, 16);
  png.writeUInt32BE(16_384, 20);
  return png;
}
