/** model.json: what stands in it, checked. Pure; load-model.ts reads the files. */
import { type Check, checkLine, checkNumber, checkWhole, isMapping, type Mapping } from '../std/checks.js';
import { defined } from '../std/defined.js';
import { MANIFEST_FIELDS, SETTING_CHECKS } from './setting-checks.js';
import type { PartialModelSettings } from './settings.js';
import type { SelfTestSpec } from './spec.js';

/** Only what the file says: each field may be absent. */
export interface Manifest {
  readonly name?: string;
  readonly version?: string;
  /** What it says about input and output, `threshold` among it. */
  readonly settings: PartialModelSettings;
  /** sha256, lower-case hex, by path below the model's folder. */
  readonly digests: Readonly<Record<string, string>>;
  /** A picture, by its path below the model's folder, and what the model makes of it in f32. */
  readonly selfTest?: SelfTestSpec;
}

export interface ParsedManifest {
  /** Undefined when there are faults. */
  readonly manifest: Manifest | undefined;
  /** Every fault: field, what is expected, what is there. */
  readonly faults: readonly string[];
  /** Fields that mean nothing here. */
  readonly unknown: readonly string[];
}

const checkMapping: Check = (value) => (isMapping(value) ? undefined : 'must be an object');
const checkProbability = checkNumber({ min: 0, max: 1 });
const checkCount = checkWhole({ min: 0, max: 2 ** 31 });
const checkSha256: Check = (value) =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
    ? undefined
    : 'must be a sha256 in 64 lower-case hex digits';
/** It can't lead out of the folder. */
const checkInnerPath: Check = (value) =>
  typeof value === 'string' && isInnerPath(value) ? undefined : "must be a path below the model's folder";

/** Fields beside the settings. `trainedOn` is for people. */
const FIELD_CHECKS: Readonly<Record<string, Check>> = {
  name: checkLine(100),
  version: checkLine(100),
  trainedOn: (value) =>
    typeof value === 'string' && value.length <= 10_000 ? undefined : 'must be a text of at most 10000 characters',
  digests: checkMapping,
  selfTest: checkMapping,
};
const SELF_TEST_CHECKS: Readonly<Record<string, Check>> = {
  picture: checkInnerPath,
  defect: checkCount,
  maskSha256: checkSha256,
  whitePixels: checkCount,
};
/** Fields of the entry that only some tasks have. */
const OPTIONAL_SELF_TEST_CHECKS: Readonly<Record<string, Check>> = {
  defects: checkMapping,
  score: checkProbability,
  classes: checkMapping,
};
const SETTING_ROWS = Object.entries(SETTING_CHECKS).map(
  ([setting, check]) => [setting, MANIFEST_FIELDS[setting as keyof typeof SETTING_CHECKS] ?? setting, check] as const,
);

/** @param text content of model.json. */
export function parseManifest(text: string): ParsedManifest {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (error) {
    return { manifest: undefined, faults: [`it must be JSON: ${String(error)}`], unknown: [] };
  }
  if (!isMapping(root)) return { manifest: undefined, faults: ['it must be a JSON object'], unknown: [] };
  const file = withInputSize(root);
  const { digests, selfTest } = file;
  const faults = [
    ...faultsOf(file, FIELD_CHECKS),
    ...SETTING_ROWS.flatMap(([, field, check]) => faultOf(field, file[field], check)),
    ...digestFaults(digests),
    ...selfTestFaults(selfTest),
  ];
  const known = [...Object.keys(FIELD_CHECKS), ...SETTING_ROWS.map(([, field]) => field)];
  return {
    manifest: faults.length === 0 ? manifestOf(file) : undefined,
    faults,
    unknown: [
      ...unknownOf(file, known),
      ...unknownOf(selfTest, Object.keys({ ...SELF_TEST_CHECKS, ...OPTIONAL_SELF_TEST_CHECKS })).map(
        (name) => `selfTest.${name}`,
      ),
    ],
  };
}

/** Every field was checked. */
function manifestOf(file: Mapping): Manifest {
  const { name, version, digests = {}, selfTest } = file;
  const settings = Object.fromEntries(SETTING_ROWS.map(([setting, field]) => [setting, file[field]]));
  return { ...defined({ name, version, selfTest }), settings: defined(settings), digests } as Manifest;
}

/** Only the size of `input` is read; without one it is for people, as the shipped training writes it. */
function withInputSize(root: Mapping): Mapping {
  const { input, ...rest } = root;
  if (!isMapping(input)) return root;
  const { width, height } = input;
  return width === undefined && height === undefined ? rest : { ...rest, input: { width, height } };
}

function digestFaults(digests: unknown): string[] {
  if (!isMapping(digests)) return [];
  return Object.entries(digests).flatMap(([file, digest]) => [
    ...faultOf('digests', file, checkInnerPath),
    ...faultOf(`digests.${file}`, digest, checkSha256),
  ]);
}

function selfTestFaults(selfTest: unknown): string[] {
  if (!isMapping(selfTest)) return [];
  const missing = Object.keys(SELF_TEST_CHECKS).filter((name) => selfTest[name] === undefined);
  return [
    ...missing.map((name) => `selfTest.${name} must be given`),
    ...faultsOf(selfTest, { ...SELF_TEST_CHECKS, ...OPTIONAL_SELF_TEST_CHECKS }, 'selfTest.'),
    ...entriesOf(selfTest['defects']).flatMap(([name, count]) =>
      faultOf(`selfTest.defects.${name}`, count, checkCount),
    ),
    ...entriesOf(selfTest['classes']).flatMap(([name, value]) =>
      faultOf(`selfTest.classes.${name}`, value, checkProbability),
    ),
  ];
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return isMapping(value) ? Object.entries(value) : [];
}

function faultsOf(file: Mapping, checks: Readonly<Record<string, Check>>, prefix = ''): string[] {
  return Object.entries(checks).flatMap(([field, check]) => faultOf(`${prefix}${field}`, file[field], check));
}

function faultOf(field: string, value: unknown, check: Check): string[] {
  const rule = value === undefined ? undefined : check(value);
  return rule === undefined ? [] : [`${field} ${rule}: ${JSON.stringify(value).slice(0, 100)}`];
}

function isInnerPath(path: string): boolean {
  const steps = path.split('/');
  return !/[\\\0]/.test(path) && steps.every((step) => step !== '' && step !== '..' && step !== '.');
}

function unknownOf(object: unknown, known: readonly string[]): string[] {
  return isMapping(object) ? Object.keys(object).filter((name) => !known.includes(name)) : [];
}
