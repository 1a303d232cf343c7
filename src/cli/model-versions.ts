/** `model candidate|promote|discard|rollback`: which version of a model the service on this machine runs. */
import { resolve } from 'node:path';
import { askService } from './ask-service.js';
import type { CommandIo } from './command.js';
import { loadCommandConfig } from './load.js';
import type { CommonValues } from './options.js';

export const VERSION_ACTIONS = ['candidate', 'promote', 'discard', 'rollback'] as const;
export type VersionAction = (typeof VERSION_ACTIONS)[number];

export interface VersionRequest {
  readonly action: VersionAction;
  readonly id: string;
  /** Of a candidate: its folder or file; absent: the same as of the version that runs. */
  readonly folder: string | undefined;
  readonly share: number | undefined;
}

const WHAT: Readonly<Record<VersionAction, string>> = {
  candidate: 'a candidate',
  promote: 'a promotion',
  discard: 'the end of a candidate',
  rollback: 'a roll-back',
};

export async function changeVersion(
  { action, id, folder, share }: VersionRequest,
  values: Pick<CommonValues, 'config'>,
  io: CommandIo,
): Promise<number> {
  const { config } = loadCommandConfig(values, io);
  const path = `/models/${encodeURIComponent(id)}/${action}`;
  const body = {
    ...(folder !== undefined && { path: resolve(io.cwd, folder) }),
    ...(share !== undefined && { share }),
  };
  const question = { what: WHAT[action], path, nothing: 'Nothing has changed.' };
  return await askService(config, action === 'candidate' ? { ...question, body } : question, io);
}
