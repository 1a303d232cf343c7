/** What configuration, model.json and the model's own metadata say, in this order, becomes one contract. Pure. */
import { type ModelContract, type ModelHints, PLAIN_CONTRACT } from './contract.js';

export type ContractSource = 'configuration' | 'model.json' | 'rt_info' | 'default';

export interface ResolvedContract {
  readonly contract: ModelContract;
  /** Where each value was taken from. */
  readonly sources: Readonly<Record<keyof ModelContract, ContractSource>>;
}

/** The strongest first. */
export type HintsBySource = readonly (readonly [source: Exclude<ContractSource, 'default'>, hints: ModelHints])[];

/** One source decides on all of them: a channel of the configuration does away with the classes of a model. */
const TOGETHER: readonly (readonly (keyof ModelContract)[])[] = [['channel', 'classes', 'labels']];

export function resolveContract(given: HintsBySource): ResolvedContract {
  const contract: Record<string, unknown> = { ...PLAIN_CONTRACT };
  const sources: Record<string, ContractSource> = {};
  for (const key of Object.keys(PLAIN_CONTRACT) as (keyof ModelContract)[]) {
    const group = TOGETHER.find((keys) => keys.includes(key)) ?? [key];
    const found = given.find(([, hints]) => group.some((name) => hints[name] !== undefined));
    const value = found?.[1][key];
    if (found === undefined || value === undefined) {
      sources[key] = 'default';
      continue;
    }
    contract[key] = value;
    sources[key] = found[0];
  }
  if (sources['threshold'] === 'rt_info' && contract['threshold'] === 0 && !isLargestTaken(contract)) {
    contract['threshold'] = PLAIN_CONTRACT.threshold;
    sources['threshold'] = 'default';
  }
  return { contract: contract as unknown as ModelContract, sources: sources as ResolvedContract['sources'] };
}

/** Metadata's threshold 0 leaves it to the largest channel. Of a channel by itself every pixel is above it. */
function isLargestTaken({ channel, activation }: Partial<ModelContract>): boolean {
  return channel === undefined && activation !== 'sigmoid';
}

/** Only what somebody said: nothing of a model that is used as it is. */
export function givenOf(contract: ModelContract, sources: ResolvedContract['sources']): ModelHints {
  return Object.fromEntries(
    Object.entries(contract).filter(([key]) => sources[key as keyof ModelContract] !== 'default'),
  );
}
