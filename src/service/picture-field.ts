/** Where the live page finds the processed picture in a published result. */
import type { Config } from '../config/config.js';

/**
 * By rule: the JSON field with the picture, undefined when the payload is the picture itself, null when there is none.
 */
export function pictureField(config: Config): (rule: string) => string | undefined | null {
  if (config.result.encoding === 'binary') return () => undefined;
  const fields = new Map(
    config.rules.map(({ id, fields, render }) => {
      const field = render === 'none' ? undefined : fields.find(({ name }) => name === 'afterProcess');
      return [id, field?.alias ?? null] as const;
    }),
  );
  return (rule) => fields.get(rule) ?? null;
}
