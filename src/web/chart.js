// The chart of defects over time: one pair of bars a slot, and the same in words.
import { clockTime, setText } from './dom.js';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 600;
const HEIGHT = 120;

/**
 * @typedef {import('../telemetry/defect-history.ts').DefectHistorySnapshot} History
 * @param {SVGSVGElement} svg
 * @param {HTMLElement} text says in words what the chart shows
 */
export function createChart(svg, text) {
  let drawn = '';
  return {
    /** @param {History} history slots, oldest first */
    show(history) {
      const state = JSON.stringify(history);
      if (state === drawn) return;
      drawn = state;
      const { pictures, defective } = history;
      const most = Math.max(1, ...pictures);
      svg.replaceChildren(...[...bars(pictures, most, 'pictures'), ...bars(defective, most, 'defective')]);
      setText(text, describe(history));
    },
  };
}

/**
 * @param {readonly number[]} counts
 * @param {number} most
 * @param {string} name
 */
function bars(counts, most, name) {
  const step = WIDTH / counts.length;
  return counts.flatMap((count, index) => {
    if (count === 0) return [];
    const height = Math.max(2, (count / most) * HEIGHT);
    const bar = document.createElementNS(SVG, 'rect');
    const box = { x: index * step + 1, y: HEIGHT - height, width: step - 2, height, class: name };
    for (const [key, value] of Object.entries(box)) bar.setAttribute(key, String(value));
    return [bar];
  });
}

/** @param {History} history */
function describe({ pictures, defective, defects, lastSlotAtMs, slotSeconds }) {
  /** @param {readonly number[]} counts */
  const sum = (counts) => counts.reduce((total, count) => total + count, 0);
  const total = sum(pictures);
  if (total === 0) return 'Nothing inspected.';
  const found = sum(defective);
  const share = ((found / total) * 100).toFixed(1);
  const text = `${total.toLocaleString()} pictures, ${found.toLocaleString()} of them with defects (${share} %), ${sum(defects).toLocaleString()} defects`;
  if (found === 0) return `${text}.`;
  const worst = defective.indexOf(Math.max(...defective));
  const at = lastSlotAtMs - (defective.length - 1 - worst) * slotSeconds * 1000;
  return `${text}; most of them at ${clockTime(at)}.`;
}
