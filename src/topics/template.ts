import { ServiceError } from '../std/errors.js';
import { isTopicFilter, isTopicName, subscribedFilter } from './topic.js';

/**
 * Where results go: `{topic}`, `{topic[N]}` (level N of the input's topic, from 0), `{rule}`, `{clientId}` filled in.
 */
export interface TopicTemplate {
  readonly text: string;
  /**
   * The topic for a message that came in on `topic`. Nothing but the topic goes in, never a payload's text.
   * @throws {ServiceError} ERR_RESULT_REFUSED when the topic has no such level, or the outcome is no valid topic, or
   * begins with a `$` that is not the template's own.
   */
  render(topic: string): string;
  /** A filter that matches every topic that `render` gives for the topics that match `inputFilter`. */
  filterFor(inputFilter: string): string;
}

/** The values that are the same for every message. */
export interface TemplateConstants {
  readonly rule: string;
  readonly clientId: string;
}

/** `undefined`: the whole topic; a number: one of its levels. */
type Part = { readonly literal: string } | { readonly level: number | undefined };

const PLACEHOLDER = /\{([^{}]*)\}/g;
const LEVEL = /^topic\[(\d{1,4})\]$/;

/** @throws {ServiceError} ERR_CONFIG when a placeholder is unknown or the fixed text can't be part of a topic. */
export function createTopicTemplate(text: string, constants: TemplateConstants): TopicTemplate {
  const parts = parse(text, constants);
  const sample = parts.map((part) => ('literal' in part ? part.literal : 'x')).join('');
  if (!isTopicName(sample)) {
    throw new ServiceError('ERR_CONFIG', `Cannot publish to a topic as it must be a valid topic name: ${text}`);
  }
  const ownDollar = sample.startsWith('$');

  return {
    text,
    render(topic) {
      const levels = topic.split('/');
      const rendered = parts.map((part) => fill(part, topic, levels)).join('');
      if (rendered.includes(MISSING) || !isTopicName(rendered) || rendered.startsWith('$') !== ownDollar) {
        throw new ServiceError(
          'ERR_RESULT_REFUSED',
          `Cannot publish to ${text} as it must give a valid topic for every input: input topic ${topic}`,
          { details: { template: text, topic } },
        );
      }
      return rendered;
    },
    filterFor(inputFilter) {
      const filter = subscribedFilter(inputFilter);
      const levels = filter.split('/');
      return toFilter(parts.map((part) => fillFilter(part, filter, levels)).join(''));
    },
  };
}

/** The levels N of `{topic[N]}` that no topic of this filter has; empty when every topic may have them. */
export function missingLevels(template: string, inputFilter: string): number[] {
  const levels = subscribedFilter(inputFilter).split('/');
  if (levels.at(-1) === '#') return [];
  const asked = [...template.matchAll(PLACEHOLDER)].map((match) => LEVEL.exec(match[1] ?? '')?.[1]);
  return asked.filter((level) => level !== undefined && Number(level) >= levels.length).map(Number);
}

const MISSING = '\0';

function parse(text: string, constants: TemplateConstants): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    parts.push({ literal: text.slice(end, match.index) }, placeholder(text, match[1] ?? '', constants));
    end = match.index + match[0].length;
  }
  parts.push({ literal: text.slice(end) });
  return parts;
}

function placeholder(text: string, name: string, constants: TemplateConstants): Part {
  if (name === 'topic') return { level: undefined };
  if (name === 'rule') return { literal: constants.rule };
  if (name === 'clientId') return { literal: constants.clientId };
  const level = LEVEL.exec(name)?.[1];
  if (level !== undefined) return { level: Number(level) };
  throw new ServiceError(
    'ERR_CONFIG',
    `Cannot publish to ${text} as a placeholder must be {topic}, {topic[N]}, {rule} or {clientId}: {${name}}`,
  );
}

function fill(part: Part, topic: string, levels: readonly string[]): string {
  if ('literal' in part) return part.literal;
  return part.level === undefined ? topic : (levels[part.level] ?? MISSING);
}

function fillFilter(part: Part, filter: string, levels: readonly string[]): string {
  if ('literal' in part) return part.literal;
  if (part.level === undefined) return filter;
  const hash = levels.at(-1) === '#' && part.level >= levels.length - 1;
  return hash ? '+' : (levels[part.level] ?? '+');
}

/**
 * Text with wildcards anywhere, widened to a valid filter: `a-+` becomes `+`, all from the first `#` on becomes `#`.
 */
function toFilter(text: string): string {
  const levels = text.split('/');
  const hash = levels.findIndex((level) => level.includes('#'));
  // `b/#` matches `b` too: what follows directly, as in `b/#-x`, then belongs to the level before.
  const cut = hash > 0 && /^#./s.test(levels[hash] ?? '') ? hash - 1 : hash;
  const whole = hash < 0 ? levels : [...levels.slice(0, cut), '#'];
  const filter = whole.map((level) => (level.includes('+') ? '+' : level)).join('/');
  return isTopicFilter(filter) ? filter : '#';
}
