/**
 * The way back from production to a better model, shown from end to end: pictures of a surface that the shipped model is bad
 * at come over MQTT and are kept; forty are judged in a real browser; the model is trained on the folder as it is, for minutes,
 * and becomes the candidate, then the live one;
 * forty others are inspected by the old and the new model in the running service, by the same measure. `npm run way-back`;
 * needs the training environment (training/README.md), a broker and Chromium.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { decodeMaskPng, type Mask } from '../../src/imaging/mask-png.js';
import { packageRoot } from '../../src/std/package-root.js';
import { startBroker } from '../support/broker/broker.js';
import { collect, connectClient } from '../support/broker/client.js';
import { CLI } from '../support/cli.js';
import { findChromium } from '../support/find-chromium.js';
import { startServiceProcess } from '../support/service/service-process.js';
import { until } from '../support/until.js';
import { type Counts, judgeShown, overlap } from './judge.js';

const COUNT = 40;
const TOKEN = 'way-back-on-one-machine';
/** The shipped model's input. */
const SIZE = ['--size', '384', '192'];
const STEPS = process.env['WAY_BACK_STEPS'] ?? '120';
/** A program that the training is started by, as `nice`; absent: none. */
const TRAIN_BY = process.env['WAY_BACK_TRAIN_BY'];
const say = (text: string) => void process.stdout.write(`${text}\n`);

interface Part {
  readonly id: string;
  readonly picture: Buffer;
  readonly truth: Mask;
}

async function run(command: string, args: readonly string[], env = process.env): Promise<void> {
  const child = spawn(command, args, { cwd: packageRoot, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
}

const train = (...args: readonly string[]) => run(process.execPath, ['scripts/train.mjs', ...args]);

/** Pictures of perforated sheet, of each kind of defect as many. */
async function draw(folder: string, seed: number): Promise<readonly Part[]> {
  if (!existsSync(folder)) {
    const kinds = ['--per-kind', '7', '--seed', String(seed), '--surface', 'perforated', '--masks'];
    await train('generate', '--out', folder, ...kinds);
  }
  const parts: Part[] = [];
  for (let n = 1; parts.length < COUNT; n++) {
    for (const kind of (await readdir(folder)).sort()) {
      const stem = join(folder, kind, `${kind}-${n}`);
      const truth = await decodeMaskPng(await readFile(`${stem}.mask.png`));
      if (parts.length < COUNT) parts.push({ id: `${kind}-${n}`, picture: await readFile(`${stem}.jpg`), truth });
    }
  }
  return parts;
}

/** A run that is given a folder leaves it, and goes on with what is there. */
const { WAY_BACK_FOLDER } = process.env;
const scratch = WAY_BACK_FOLDER ?? (await mkdtemp(join(tmpdir(), 'flawline-')));
const at = (name: string) => join(scratch, name);
const CONFIG = `model: { path: ${join(packageRoot, 'models/surface-defect')} }
source: { topics: [judge, others] }
rule: { where: "true" }
result: { fields: [id, afterProcess, model, defect], render: mask }
keep: { path: ${at('kept')}, where: 'topic == "judge"' }
`;

try {
  const judged = await draw(at('judged'), 1000);
  const others = await draw(at('others'), 5000);
  await writeFile(at('flawline.yaml'), CONFIG);
  await using broker = await startBroker();
  const env = { FLAWLINE_CONFIG: at('flawline.yaml'), FLAWLINE_MODEL_PATH: '', FLAWLINE_HTTP_TOKEN: TOKEN };
  await using service = await startServiceProcess({ brokerUrl: broker.url, env });
  await service.ready();

  const before = await inspect(broker.url, 'others', others);
  if ((await namesIn('kept/default', '.judged.json')).length < COUNT) {
    await inspect(broker.url, 'judge', judged);
    await until('all are kept', async () => (await namesIn('kept/default', '.found.png')).length === COUNT);
    const counts = await judgeAll(`http://127.0.0.1:${service.httpPort}/`, judged);
    say(`judged in the browser: ${JSON.stringify(counts)}`);
  }
  await run(process.execPath, [CLI, 'kept', '--path', at('kept')]);

  const startedAt = performance.now();
  const init = ['--init', 'training/weights/surface-defect.npz', '--synthetic', '0'];
  const pace = ['--steps', STEPS, '--batch', '8', '--small-share', '1', '--validate-every', '20'];
  const learn = ['scripts/train.mjs', '--data', at('kept'), '--out', at('run'), ...SIZE, ...init, ...pace];
  if (TRAIN_BY === undefined) await run(process.execPath, learn);
  else await run(TRAIN_BY, [process.execPath, ...learn]);
  say(`trained for ${((performance.now() - startedAt) / 60_000).toFixed(1)} minutes`);
  const name = ['--name', 'perforated', '--data', at('kept')];
  await train('export', '--weights', at('run/best.npz'), '--out', at('model'), ...name, ...SIZE);

  const own = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: String(service.httpPort) };
  const flawline = (...args: readonly string[]) =>
    run(process.execPath, [CLI, ...args], { PATH: process.env['PATH'], ...env, ...own });
  await flawline('model', 'candidate', 'default', at('model'));
  const shadowed = await inspect(broker.url, 'others', others); // the candidate looks on, the old model answers
  if (shadowed.model !== before.model) throw new Error(`the candidate answered: ${shadowed.model}`);
  await flawline('model', 'promote', 'default');
  const after = await inspect(broker.url, 'others', others);
  say(`model: ${before.model} → ${after.model}`);
  say(`${COUNT} others, pixel IoU: ${before.iou.toFixed(3)} → ${after.iou.toFixed(3)}`);
  say(`${COUNT} others, clean or defective told right: ${before.told} → ${after.told}`);
  if (after.iou <= before.iou || before.model === after.model) process.exitCode = 1;
} finally {
  if (WAY_BACK_FOLDER === undefined) await rm(scratch, { recursive: true, force: true });
}

async function namesIn(folder: string, ending: string): Promise<readonly string[]> {
  return (await readdir(at(folder)).catch(() => [])).filter((name) => name.endsWith(ending));
}

/** Has the pictures inspected by the service, and compares its masks with the truth: pixels pooled, at the mask's size. */
async function inspect(brokerUrl: string, topic: string, parts: readonly Part[]) {
  await using results = await collect(brokerUrl, ['ekuiper/defect']);
  await using publisher = await connectClient(brokerUrl);
  for (const { id, picture } of parts) {
    await publisher.publish(topic, JSON.stringify({ id, image: picture.toString('base64') }));
  }
  await until('all are inspected', () => results.messages.length === parts.length, 300_000);
  const sums = { both: 0, either: 0, told: 0 };
  let model = '';
  for (const { payload } of results.messages) {
    const result = JSON.parse(payload.toString()) as Record<'id' | 'afterProcess' | 'model', string> & {
      defect: number;
    };
    const truth = parts.find(({ id }) => id === result.id)?.truth;
    if (truth === undefined) throw new Error(`nobody sent ${result.id}`);
    const mask = await decodeMaskPng(Buffer.from(result.afterProcess, 'base64'));
    const { both, either } = overlap(mask, sampled(truth, mask));
    sums.both += both;
    sums.either += either;
    if (result.defect > 0 === truth.data.includes(255)) sums.told++;
    model = result.model;
  }
  return { model, iou: sums.both / sums.either, told: sums.told };
}

/** The truth at another size, by the pixel in the middle. */
function sampled({ data, width, height }: Mask, size: Mask): Mask {
  const out = new Uint8Array(size.width * size.height);
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const [column, row] = [
        Math.floor(((x + 0.5) * width) / size.width),
        Math.floor(((y + 0.5) * height) / size.height),
      ];
      out[y * size.width + x] = data[row * width + column] ?? 0;
    }
  }
  return { ...size, data: out };
}

async function judgeAll(url: string, parts: readonly Part[]): Promise<Counts> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('chromium is not installed (apt-get install chromium)');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  const counts: Counts = { right: 0, clicked: 0, cleared: 0, strokes: 0 };
  try {
    // High enough that the whole picture is seen.
    const page = await browser.newPage({ viewport: { width: 1280, height: 1400 } });
    await page.goto(`${url}?token=${TOKEN}`);
    await page.locator('#judge-open').click();
    for (let n = parts.length; n > 0; n--) {
      await page.locator('#judge-title', { hasText: `1 of ${n}` }).waitFor();
      await page.locator('#judge-right:enabled').waitFor();
      const id = await page.locator('#judge-facts dd').last().textContent();
      const truth = parts.find((part) => part.id === id)?.truth;
      const name = (await namesIn('kept/default', `Z-${id}.found.png`))[0];
      if (truth === undefined || name === undefined) throw new Error(`nobody sent ${id}`);
      await judgeShown(
        page,
        { found: await decodeMaskPng(await readFile(join(at('kept/default'), name))), truth },
        counts,
      );
    }
    await page.locator('#judge-say', { hasText: 'Nothing is left to judge.' }).waitFor();
  } finally {
    await browser.close();
  }
  return counts;
}
