/** Where the live page finds the pictures in a published result. */
import type { Config } from '../config/config.js';
import type { ResultFieldName } from '../domain/measures.js';
import type { RenderKind } from '../domain/rule.js';

/** Names (aliases) of the JSON fields that hold pictures as base64. */
export interface PictureFields {
  /** What is drawn in the processed picture. */
  readonly render: RenderKind;
  /** Undefined: the payload is the processed picture itself. */
  readonly processed: string | undefined;
  /** Undefined: the result does not carry the original. */
  readonly original: string | undefined;
}

/** By rule; undefined when its results have no processed picture. */
export function pictureFields(config: Config): (rule: string) => PictureFields | undefined {
  const byRule = new Map<string, PictureFields>();
  for (const { id, fields, render } of config.rules) {
    if (render === 'none') continue;
    const aliasOf = (name: ResultFieldName) => fields.find((field) => field.name === name)?.alias;
    if (config.result.encoding === 'binary') byRule.set(id, { render, processed: undefined, original: undefined });
    else if (aliasOf('afterProcess') !== undefined) {
      byRule.set(id, { render, processed: aliasOf('afterProcess'), original: aliasOf('origin') });
    }
  }
  return (rule) => byRule.get(rule);
}
