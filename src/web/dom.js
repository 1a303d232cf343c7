// Building the page. Text of a message goes in by textContent only, so it is never read as HTML.
import { TERMS } from './measures.js';

/**
 * @template {Element} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} [kind]
 * @returns {T}
 */
export function byId(id, kind) {
  return asKind(document.getElementById(id), kind);
}

/**
 * The element if it is of that kind, so that a page and a script that do not belong together end here.
 * @template {Element} [T=HTMLElement]
 * @param {EventTarget | null | undefined} node
 * @param {new () => T} [kind]
 * @returns {T}
 */
export function asKind(node, kind) {
  const wanted = kind ?? HTMLElement;
  if (!(node instanceof wanted)) throw new Error(`Cannot use an element as it must be a ${wanted.name}: ${node}`);
  return /** @type {T} */ (node);
}

/** @param {HTMLCanvasElement} canvas */
export function context2d(canvas) {
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('Cannot draw as the browser must have a canvas with a 2d context');
  return context;
}

/**
 * @param {string} name
 * @param {string} text
 * @param {string} [className]
 */
export function element(name, text, className) {
  const node = document.createElement(name);
  node.textContent = text;
  if (className !== undefined) node.className = className;
  return node;
}

/**
 * A `dl` of name and value.
 * @typedef {readonly (readonly [name: string, value: string])[]} Terms
 * @param {HTMLElement} list
 * @param {Terms} pairs
 */
export function fillTerms(list, pairs) {
  list.replaceChildren(...pairs.flatMap(([name, value]) => [element('dt', name), element('dd', value)]));
}

/**
 * Sets the text only when it changes, as a screen reader speaks each change.
 * @param {Element} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {number} n */
export const countOfDefects = (n) => (n === 0 ? 'no defect' : n === 1 ? '1 defect' : `${n.toLocaleString()} defects`);
/** @param {number} fraction */
export const fractionText = (fraction) => `${fraction.toFixed(4)} (${(fraction * 100).toFixed(2)} %)`;
/** @param {number} ms */
export const milliseconds = (ms) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms).toLocaleString()} ms`;
/** @param {number} ms since the epoch */
export const clockTime = (ms) => new Date(ms).toLocaleTimeString();

/** @type {Record<Exclude<import('../domain/measures.ts').MeasureUnit, 'counts' | 'probabilities'>, (value: number) => string>} */
const TEXT_OF_UNIT = {
  count: (value) => value.toLocaleString(),
  fraction: fractionText,
  probability: (value) => value.toFixed(3),
  pixels: (value) => `${value.toLocaleString()} px`,
};

/**
 * Everything that was measured, for a dialog or a figure; counts by class have a line each.
 * @param {import('../domain/measures.ts').Measures} measures
 * @returns {Terms}
 */
export function termsOf(measures) {
  return TERMS.flatMap(({ name, label, unit }) => {
    const value = measures[name];
    if (value === undefined) return [];
    if (unit === 'counts')
      return Object.entries(value).map(([of, count]) => /** @type {const} */ ([of, String(count)]));
    if (unit === 'probabilities')
      return Object.entries(value).map(
        ([of, probability]) => /** @type {const} */ ([`probability of ${of}`, TEXT_OF_UNIT.probability(probability)]),
      );
    return [[label, TEXT_OF_UNIT[unit](Number(value))]];
  });
}
