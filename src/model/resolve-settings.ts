/**
 * What configuration, model.json and the model's own metadata say, in this order, becomes one set of settings. Pure.
 */
import { DEFAULT_SETTINGS, type ModelSettings, type PartialModelSettings } from './settings.js';

export type SettingSource = 'configuration' | 'model.json' | 'metadata.yaml' | 'properties' | 'rt_info' | 'default';

export interface ResolvedSettings {
  readonly settings: ModelSettings;
  /** Where each value was taken from. */
  readonly sources: Readonly<Record<keyof ModelSettings, SettingSource>>;
}

/** The strongest first. */
export type SettingsBySource = readonly (readonly [
  source: Exclude<SettingSource, 'default'>,
  given: PartialModelSettings,
])[];

/** One source decides on all of them: a channel of the configuration does away with the classes of a model. */
const TOGETHER: readonly (readonly (keyof ModelSettings)[])[] = [['channel', 'classes', 'labels']];

export function resolveSettings(given: SettingsBySource): ResolvedSettings {
  const settings: Record<string, unknown> = { ...DEFAULT_SETTINGS };
  const sources: Record<string, SettingSource> = {};
  for (const key of Object.keys(DEFAULT_SETTINGS) as (keyof ModelSettings)[]) {
    const group = TOGETHER.find((keys) => keys.includes(key)) ?? [key];
    const found = given.find(([, values]) => group.some((name) => values[name] !== undefined));
    const value = found?.[1][key];
    if (found === undefined || value === undefined) {
      sources[key] = 'default';
      continue;
    }
    settings[key] = value;
    sources[key] = found[0];
  }
  if (sources['threshold'] === 'rt_info' && settings['threshold'] === 0 && !isLargestTaken(settings)) {
    settings['threshold'] = DEFAULT_SETTINGS.threshold;
    sources['threshold'] = 'default';
  }
  return { settings: settings as unknown as ModelSettings, sources: sources as ResolvedSettings['sources'] };
}

/** Metadata's threshold 0 leaves it to the largest channel. Of a channel by itself every pixel is above it. */
function isLargestTaken({ channel, activation }: Partial<ModelSettings>): boolean {
  return channel === undefined && activation !== 'sigmoid';
}

/** Only what somebody said: nothing of a model that is used as it is. */
export function givenOf(settings: ModelSettings, sources: ResolvedSettings['sources']): PartialModelSettings {
  return Object.fromEntries(
    Object.entries(settings).filter(([key]) => sources[key as keyof ModelSettings] !== 'default'),
  );
}
