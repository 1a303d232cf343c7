/** Entries of a model's metadata are texts: what each must be, and what is said of one that is something else. Pure. */
import type { Check } from '../std/checks.js';
import { defined } from '../std/defined.js';
import type { Metadata } from './read-metadata.js';
import { checkChannelNumbers, SETTING_CHECKS } from './setting-checks.js';
import type { ModelSettings, PartialModelSettings } from './settings.js';

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
