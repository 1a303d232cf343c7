/**
 * What a model's own file says about it: `rt_info/model_info` of an IR, `model_info …` of an ONNX file's metadata; and the other
 * properties of an ONNX file, which OpenVINO writes to `rt_info/framework` when it converts one.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Check } from '../std/checks.js';
import { defined } from '../std/defined.js';
import { checkChannelNumbers, SETTING_CHECKS } from './setting-checks.js';
import type { ModelSettings, PartialModelSettings } from './settings.js';

/** Name and text of each entry. */
export type Metadata = ReadonlyMap<string, string>;

interface FileMetadata {
  readonly modelInfo: Metadata;
  /** Properties without the prefix of model_info. */
  readonly properties: Metadata;
}

/** OpenVINO writes the rt_info of an .xml last, so that its end is enough. */
const TAIL_BYTES = 4 * 1024 * 1024;
const MAX_ENTRIES = 1000;

/** Empty when the file says nothing. Never throws for its content: whether it is a model is not decided here. */
export async function readMetadata(file: string): Promise<FileMetadata> {
  const handle = await open(file);
  try {
    return extname(file) === '.onnx' ? await readOnnxMetadata(handle) : await readIrMetadata(handle);
  } finally {
    await handle.close();
  }
}

async function readIrMetadata(handle: FileHandle): Promise<FileMetadata> {
  const { size } = await handle.stat();
  const length = Math.min(size, TAIL_BYTES);
  const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
  return parseRtInfo(buffer.toString('utf8'));
}

/** @param xml an IR, or its end */
export function parseRtInfo(xml: string): FileMetadata {
  return { modelInfo: entriesOf(xml, 'model_info'), properties: entriesOf(xml, 'framework') };
}

function entriesOf(xml: string, element: string): Metadata {
  const end = xml.lastIndexOf(`</${element}>`);
  const start = xml.lastIndexOf(`<${element}>`, end);
  const entries = new Map<string, string>();
  if (end < 0 || start < 0) return entries;
  for (const [, name = '', value = ''] of xml.slice(start, end).matchAll(/<([\w.-]+)\s+value="([^"]*)"\s*\/>/g)) {
    if (entries.size < MAX_ENTRIES) entries.set(name, unescapeXml(value));
  }
  return entries;
}

const ENTITIES: Readonly<Record<string, string>> = { quot: '"', apos: "'", lt: '<', gt: '>', amp: '&' };

function unescapeXml(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** Field of ModelProto that holds key and value. @see onnx.proto3 of ONNX */
const METADATA_PROPS = 14;
const VARINT = 0;
const LENGTH_DELIMITED = 2;
const MAX_ENTRY_BYTES = 1024 * 1024;
const PREFIX = 'model_info ';

/** Jumps from field to field of the outermost message, over the graph, so that a large file costs nothing. */
async function readOnnxMetadata(handle: FileHandle): Promise<FileMetadata> {
  const { size } = await handle.stat();
  const modelInfo = new Map<string, string>();
  const properties = new Map<string, string>();
  const head = Buffer.alloc(20);
  for (let position = 0; position < size && modelInfo.size + properties.size < MAX_ENTRIES; ) {
    const { bytesRead } = await handle.read(head, 0, head.length, position);
    const bytes = head.subarray(0, bytesRead);
    const tag = readVarint(bytes, 0);
    if (tag === undefined) break;
    const wireType = tag.value & 7;
    if (wireType === VARINT) {
      position += varintEnd(bytes, tag.end);
      continue;
    }
    const value = readVarint(bytes, tag.end);
    if (wireType !== LENGTH_DELIMITED || value === undefined) break; // ModelProto has no other kinds
    position += value.end;
    if (position + value.value > size) break;
    if (tag.value >> 3 === METADATA_PROPS && value.value <= MAX_ENTRY_BYTES) {
      const { buffer } = await handle.read(Buffer.alloc(value.value), 0, value.value, position);
      const [key, text] = readPair(buffer);
      if (key.startsWith(PREFIX)) modelInfo.set(key.slice(PREFIX.length), text);
      else properties.set(key, text);
    }
    position += value.value;
  }
  return { modelInfo, properties };
}

/** A StringStringEntryProto: field 1 is the key, field 2 the value. */
function readPair(bytes: Buffer): [key: string, value: string] {
  const texts = ['', '', ''];
  for (let at = 0; at < bytes.length; ) {
    const tag = readVarint(bytes, at);
    const length = tag && readVarint(bytes, tag.end);
    if (tag === undefined || length === undefined || (tag.value & 7) !== LENGTH_DELIMITED) break;
    const end = length.end + length.value;
    texts[tag.value >> 3] = bytes.toString('utf8', length.end, end);
    at = end;
  }
  return [texts[1] ?? '', texts[2] ?? ''];
}

/** Behind a number that does not matter: an int64, as model_version is, takes ten bytes when it is negative. */
function varintEnd(bytes: Uint8Array, from: number): number {
  return bytes.findIndex((byte, at) => at >= from && byte < 128) + 1 || bytes.length;
}

/** Undefined when it is cut or larger than a safe number. */
function readVarint(bytes: Uint8Array, from: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let at = from, factor = 1; at < bytes.length && at < from + 8; at++, factor *= 128) {
    const byte = bytes[at] as number;
    value += (byte & 127) * factor;
    if (byte < 128) return Number.isSafeInteger(value) ? { value, end: at + 1 } : undefined;
  }
  return undefined;
}

/** Entries of a model's metadata are texts: what each must be, and what is said of one that is something else. Pure. */
export interface MetadataFault {
  /** Which entry, what it must be, what it is. */
  readonly text: string;
  /** It does not matter when a stronger source gives this. */
  readonly setting?: keyof ModelSettings;
}

export interface MetadataSettings {
  readonly settings: PartialModelSettings;
  readonly faults: readonly MetadataFault[];
  readonly warnings: readonly string[];
}

/** Undefined when the entry is missing, or noted as a fault when it is not what it must be. */
export interface Reader {
  flag(name: string): boolean | undefined;
  number(name: string): number | undefined;
  numberOrInfinity(name: string): number | undefined;
  /** 0..1. */
  fraction(name: string): number | undefined;
  /** A whole number, 0..255. */
  byte(name: string): number | undefined;
  /** One for all channels, or three; an empty text is none. */
  numbers(name: string): readonly number[] | undefined;
}

/** Entries that are one setting each. */
const SETTINGS: Readonly<Record<string, keyof ModelSettings>> = {
  reverse_input_channels: 'reverseInputChannels',
  mean_values: 'meanValues',
  scale_values: 'scaleValues',
  pad_value: 'padValue',
  confidence_threshold: 'threshold',
  iou_threshold: 'iouThreshold',
};

export function createReader(metadata: Metadata, faults: MetadataFault[]): Reader {
  const numberOf = (text: string) => (/^[+-]?inf(inity)?$/i.test(text) ? Infinity : text === '' ? NaN : Number(text));
  const fault = (name: string, rule: string, text: string) => {
    const setting = SETTINGS[name];
    const sentence = `${name} ${rule}: ${text.slice(0, 100)}`;
    if (!faults.some(({ text: said }) => said === sentence)) faults.push({ text: sentence, ...defined({ setting }) });
    return undefined;
  };
  const single = (name: string, check: Check) => {
    const text = metadata.get(name)?.trim();
    if (text === undefined || text === '' || text === 'None') return undefined;
    const value = numberOf(text);
    const rule = check(value);
    return rule === undefined ? value : fault(name, rule, text);
  };
  return {
    flag(name) {
      const text = metadata.get(name)?.trim();
      if (text === undefined || text === '') return undefined;
      if (/^(true|yes|1)$/i.test(text)) return true;
      return /^(false|no|0)$/i.test(text) ? false : fault(name, 'must be True or False', text);
    },
    number: (name) => single(name, (value) => (Number.isFinite(value) ? undefined : 'must be a number')),
    numberOrInfinity: (name) => single(name, (value) => (Number.isNaN(value) ? 'must be a number' : undefined)),
    fraction: (name) => single(name, SETTING_CHECKS.threshold),
    byte: (name) => single(name, SETTING_CHECKS.padValue),
    numbers(name) {
      const text = metadata.get(name)?.trim();
      if (text === undefined || text === '') return undefined;
      const values = text
        .replace(/[[\](),]/g, ' ')
        .split(/\s+/)
        .filter((part) => part !== '')
        .map(numberOf);
      if (values.length === 0) return undefined;
      const rule = checkChannelNumbers(values);
      return rule === undefined ? values : fault(name, rule, text);
    },
  };
}
