/** model.json: what stands in it, checked. Pure; load-model.ts reads the files. */
import { defined } from '../std/defined.js';
import { ACTIVATIONS, classesFault, type PartialModelSettings, RESIZE_TYPES } from './settings.js';

/** The self-test entry: a picture and what the model makes of it in f32. */
interface ManifestSelfTest {
  /** Path below the model's folder. */
  readonly picture: string;
  readonly defect: number;
  /** Of a model with classes: the count of each, in their order. */
  readonly defects?: Readonly<Record<string, number>>;
  /** sha256 of the mask's bytes (0 or 255, row by row), lower-case hex. */
  readonly maskSha256: string;
  readonly whitePixels: number;
}

export interface Manifest {
  readonly name: string;
  readonly version: string;
  /** What it says about input and output, `threshold` among it. */
  readonly settings: PartialModelSettings;
  /** For people: what the model was trained on. */
  readonly trainedOn?: string;
  /** sha256, lower-case hex, by path below the model's folder. */
  readonly digests: Readonly<Record<string, string>>;
  readonly selfTest?: ManifestSelfTest;
}

export interface ParsedManifest {
  /** Undefined when there are faults. */
  readonly manifest: Manifest | undefined;
  /** Every fault: field, what is expected, what is there. */
  readonly faults: readonly string[];
  /** Fields that mean nothing here. */
  readonly unknown: readonly string[];
}

/** Fields of `settings`, under the names of the configuration's `model.*` keys. */
const SETTING_FIELDS = [
  ...['threshold', 'output', 'activation', 'channel', 'classes'],
  ...['reverseInputChannels', 'meanValues', 'scaleValues', 'resizeType', 'padValue', 'minRegionPixels'],
];
const FIELDS = ['name', 'version', 'input', 'trainedOn', 'digests', 'selfTest', ...SETTING_FIELDS];
const SELF_TEST_FIELDS = ['picture', 'defect', 'defects', 'maskSha256', 'whitePixels'];
const MAX_NAME_LENGTH = 100;
const SHA256 = /^[0-9a-f]{64}$/;

type JsonObject = Readonly<Record<string, unknown>>;

/** @param text content of model.json. */
export function parseManifest(text: string): ParsedManifest {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (error) {
    return { manifest: undefined, faults: [`it must be JSON: ${String(error)}`], unknown: [] };
  }
  if (!isObject(root)) return { manifest: undefined, faults: ['it must be a JSON object'], unknown: [] };

  const faults: string[] = [];
  const check = createChecks(faults);
  const name = check.label('name', root['name']);
  const version = check.label('version', root['version']);
  const selfTest = optional(root['selfTest'], (value) => readSelfTest(value, check));
  const settings = readSettings(root, check);
  const trainedOn = optional(root['trainedOn'], (value) => check.text('trainedOn', value, 10_000));
  const manifest: Manifest = {
    name,
    version,
    settings,
    digests: optional(root['digests'], (value) => readDigests(value, check)) ?? {},
    ...defined({ trainedOn, selfTest }),
  };
  const inSelfTest = isObject(root['selfTest']) ? unknownOf(root['selfTest'], SELF_TEST_FIELDS) : [];
  return {
    manifest: faults.length === 0 ? manifest : undefined,
    faults,
    unknown: [...unknownOf(root, FIELDS), ...inSelfTest.map((name) => `selfTest.${name}`)],
  };
}

function readSelfTest(value: unknown, check: Checks): ManifestSelfTest {
  const entry = check.object('selfTest', value);
  const defects = optional(entry['defects'], (counts) => readCounts(counts, check));
  return {
    ...defined({ defects }),
    picture: check.innerPath('selfTest.picture', entry['picture']),
    defect: check.count('selfTest.defect', entry['defect']),
    maskSha256: check.sha256('selfTest.maskSha256', entry['maskSha256']),
    whitePixels: check.count('selfTest.whitePixels', entry['whitePixels']),
  };
}

function readSettings(root: JsonObject, check: Checks): PartialModelSettings {
  const settings = {
    inputSize: optional(root['input'], (value) => readInputSize(value, check)),
    threshold: optional(root['threshold'], (value) => check.fraction('threshold', value)),
    output: optional(root['output'], (value) => check.label('output', value)),
    activation: optional(root['activation'], (value) => check.choice('activation', ACTIVATIONS, value)),
    channel: optional(root['channel'], (value) => check.count('channel', value)),
    classes: optional(root['classes'], (value) => check.classes('classes', value)),
    reverseInputChannels: optional(root['reverseInputChannels'], (value) => check.flag('reverseInputChannels', value)),
    meanValues: optional(root['meanValues'], (value) => check.numbers('meanValues', value)),
    scaleValues: optional(root['scaleValues'], (value) => check.numbers('scaleValues', value)),
    resizeType: optional(root['resizeType'], (value) => check.choice('resizeType', RESIZE_TYPES, value)),
    padValue: optional(root['padValue'], (value) => check.byte('padValue', value)),
    minRegionPixels: optional(root['minRegionPixels'], (value) => check.count('minRegionPixels', value)),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** Everything but the size is for people; without a size there is nothing to say. */
function readInputSize(value: unknown, check: Checks): PartialModelSettings['inputSize'] {
  const { width, height } = check.object('input', value);
  if (width === undefined && height === undefined) return undefined;
  return { width: check.side('input.width', width), height: check.side('input.height', height) };
}

function readCounts(value: unknown, check: Checks): Record<string, number> {
  const entries = Object.entries(check.object('selfTest.defects', value));
  return Object.fromEntries(entries.map(([name, count]) => [name, check.count(`selfTest.defects.${name}`, count)]));
}

function readDigests(value: unknown, check: Checks): Record<string, string> {
  const entries = Object.entries(check.object('digests', value));
  return Object.fromEntries(
    entries.map(([file, digest]) => [check.innerPath('digests', file), check.sha256(`digests.${file}`, digest)]),
  );
}

/** Each returns a value of its type, and notes a fault when it had to make one up. */
interface Checks {
  object(field: string, value: unknown): JsonObject;
  text(field: string, value: unknown, maxLength: number): string;
  /** Stands in metrics and results: one line. */
  label(field: string, value: unknown): string;
  fraction(field: string, value: unknown): number;
  count(field: string, value: unknown): number;
  flag(field: string, value: unknown): boolean;
  byte(field: string, value: unknown): number;
  /** Of a picture, in pixels. */
  side(field: string, value: unknown): number;
  /** One for all channels, or three. */
  numbers(field: string, value: unknown): readonly number[];
  choice<T extends string>(field: string, choices: readonly T[], value: unknown): T;
  classes(field: string, value: unknown): readonly string[];
  sha256(field: string, value: unknown): string;
  /** A path that can't leave the folder. */
  innerPath(field: string, value: unknown): string;
}

function createChecks(faults: string[]): Checks {
  function need<T>(fits: boolean, field: string, expected: string, value: unknown, use: () => T, instead: T): T {
    if (fits) return use();
    const current = value === undefined ? 'missing' : JSON.stringify(value).slice(0, 100);
    faults.push(`${field} must be ${expected}: ${current}`);
    return instead;
  }
  const textThat = (fits: (text: string) => boolean, expected: string) => (field: string, value: unknown) =>
    need(typeof value === 'string' && fits(value), field, expected, value, () => String(value), '');

  return {
    object: (field, value) => need(isObject(value), field, 'an object', value, () => value as JsonObject, {}),
    text: (field, value, maxLength) =>
      textThat((text) => text.length <= maxLength, `a text of at most ${maxLength} characters`)(field, value),
    label: textThat(
      (text) => text.length > 0 && text.length <= MAX_NAME_LENGTH && !/\p{Cc}/u.test(text),
      `a text of 1 to ${MAX_NAME_LENGTH} characters in one line`,
    ),
    fraction: (field, value) =>
      need(
        typeof value === 'number' && value >= 0 && value <= 1,
        field,
        'a number from 0 to 1',
        value,
        () => Number(value),
        0,
      ),
    count: (field, value) =>
      need(Number.isSafeInteger(value) && Number(value) >= 0, field, 'a count', value, () => Number(value), 0),
    flag: (field, value) =>
      need(typeof value === 'boolean', field, 'true or false', value, () => Boolean(value), false),
    byte: (field, value) =>
      need(isWithin(value, 0, 255), field, 'a whole number from 0 to 255', value, () => Number(value), 0),
    side: (field, value) =>
      need(isWithin(value, 1, 65_536), field, 'a whole number from 1 to 65536', value, () => Number(value), 1),
    numbers: (field, value) =>
      need(isNumbers(value), field, 'a list of one number or three', value, () => value as number[], []),
    choice: (field, choices, value) => {
      const found = choices.find((choice) => choice === value);
      return need(
        found !== undefined,
        field,
        choices.join(' or '),
        value,
        () => found,
        undefined,
      ) as (typeof choices)[0];
    },
    classes: (field, value) => {
      const names = Array.isArray(value) && value.every((name) => typeof name === 'string') ? value : [];
      const fault = classesFault(names);
      return need(fault === undefined, field, fault?.replace('must be ', '') ?? '', value, () => names, []);
    },
    sha256: textThat((text) => SHA256.test(text), 'a sha256 in 64 lower-case hex digits'),
    innerPath: textThat(isInnerPath, "a path below the model's folder"),
  };
}

function isWithin(value: unknown, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
}

function isNumbers(value: unknown): boolean {
  return Array.isArray(value) && [1, 3].includes(value.length) && value.every(Number.isFinite);
}

function isInnerPath(path: string): boolean {
  const steps = path.split('/');
  return !/[\\\0]/.test(path) && steps.every((step) => step !== '' && step !== '..' && step !== '.');
}

function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownOf(object: JsonObject, known: readonly string[]): string[] {
  return Object.keys(object).filter((name) => !known.includes(name));
}
