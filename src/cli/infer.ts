import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import type { Measures } from '../domain/measures.js';
import { encodeMaskPng } from '../imaging/mask-png.js';
import { prepareWorkers } from '../service/prepare.js';
import { ServiceError, toServiceError } from '../std/errors.js';
import type { Inspector } from '../worker/inspect.js';
import { type InspectorUnit, openInspector } from '../worker/open-inspector.js';
import type { Prediction } from '../worker/prediction.js';
import { type CommandIo, defineCommand, folderFault } from './command.js';
import { loadCommandConfig, MODEL_OPTION, withOneModel } from './load.js';
import { flag, text, UsageError } from './options.js';
import { pictureFiles } from './pictures.js';
import { startProgress } from './progress.js';

export const infer = defineCommand({
  positionals: 'FILE|DIR…',
  summary: 'Inspects pictures from files, without a broker: one line a picture.',
  about: ['Ends with 1 if any picture was refused; the others are inspected all the same.'],
  options: {
    out: text('DIR', 'writes NAME.result.jpg (picture beside mask) and NAME.mask.png for each'),
    json: flag('one JSON object a line'),
    model: MODEL_OPTION,
  },
  examples: ['infer models/samples', 'infer pictures/ --out marked/ --json'],
  async run(values, positionals, io) {
    if (positionals.length === 0) throw new UsageError('infer needs at least one picture or folder');
    const files = await pictureFiles(positionals, io.cwd);
    const config = withOneModel(loadCommandConfig(values, io).config, values.model, io);
    const out = values.out === undefined ? undefined : await openInferOutput(resolve(io.cwd, values.out), files);
    const { setup } = await prepareWorkers(config, io);
    const unit = await openInspector(setup);
    try {
      await unit.selfTest();
      return await inferAll(files, unit, { io, asJson: values.json, out });
    } finally {
      unit.close();
    }
  },
});

interface InferOptions {
  readonly io: CommandIo;
  readonly asJson: boolean;
  readonly out: InferOutput | undefined;
}

async function inferAll(files: readonly string[], unit: InspectorUnit, options: InferOptions): Promise<number> {
  const { io, asJson, out } = options;
  const progress = startProgress(io, files.length, 'pictures');
  let refused = 0;
  for (const file of files) {
    if (io.signal.aborted) break;
    const name = relative(io.cwd, file);
    try {
      const { measures, inferenceTimeMs } = await inferOne(file, unit, out);
      progress.line(
        asJson
          ? JSON.stringify({ file: name, ...measures, 'inference time': inferenceTimeMs })
          : textOf(name, measures, inferenceTimeMs),
      );
    } catch (cause) {
      if (!(cause instanceof ServiceError)) throw cause;
      refused += 1;
      const { code, message } = cause;
      progress.line(
        asJson ? JSON.stringify({ file: name, error: { code, message } }) : `${name}  refused  ${code}: ${message}`,
      );
    }
    progress.step();
  }
  progress.stop();
  return refused > 0 || io.signal.aborted ? 1 : 0;
}

async function inferOne(file: string, { inspector }: InspectorUnit, out: InferOutput | undefined) {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw toServiceError(error, 'ERR_IMAGE_DECODE');
  });
  const { prediction, inferenceTimeMs } = await inspector.inspectPicture(bytes);
  await out?.write(file, prediction, inspector);
  return { measures: prediction.measures, inferenceTimeMs };
}

function textOf(name: string, measures: Measures, inferenceTimeMs: number): string {
  const { defect, defects = {}, area, score, width, height } = measures;
  const found = Object.entries(defects).filter(([, count]) => count > 0);
  const counts = found.length === 0 ? '' : ` (${found.map(([label, count]) => `${label} ${count}`).join(', ')})`;
  return `${name}  ${width}×${height}  defect ${defect}${counts}  area ${area.toFixed(4)}  score ${score.toFixed(3)}  ${inferenceTimeMs.toFixed(1)} ms`;
}

/** What `infer --out DIR` writes for each picture, by its name: the picture beside its mask, and the mask; of a detector also its objects. */
interface InferOutput {
  /** @throws {UsageError} when it cannot be written */
  write(
    file: string,
    prediction: Prediction,
    inspector: Pick<Inspector, 'renderPair' | 'renderOverlay'>,
  ): Promise<void>;
}

/** @throws {UsageError} when two pictures have one name, or there is no such folder and none can be made */
async function openInferOutput(folder: string, files: readonly string[]): Promise<InferOutput> {
  const byName = new Map<string, string>();
  for (const file of files) {
    const other = byName.get(basename(file)) ?? file;
    if (other !== file) throw new UsageError(`--out takes pictures of different names: ${other} and ${file} have one`);
    byName.set(basename(file), file);
  }
  await orRefused(mkdir(folder, { recursive: true }));
  return {
    async write(file, prediction, { renderPair, renderOverlay }) {
      const { mask, resized } = prediction;
      const path = join(folder, basename(file));
      // First: the decoded picture is valid until the codec is called again.
      if (prediction.objects !== undefined) {
        await orRefused(writeFile(`${path}.overlay.jpg`, await renderOverlay(prediction)));
      }
      await orRefused(writeFile(`${path}.result.jpg`, await renderPair(prediction)));
      await orRefused(writeFile(`${path}.mask.png`, await encodeMaskPng(mask, resized.width, resized.height)));
    },
  };
}

async function orRefused(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    throw folderFault('out', error);
  }
}
