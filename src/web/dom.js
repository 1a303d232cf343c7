// Building the page. Text of a message goes in by textContent only, so it is never read as HTML.

export const byId = (id) => document.getElementById(id);

export function element(name, text, className) {
  const node = document.createElement(name);
  node.textContent = text;
  if (className !== undefined) node.className = className;
  return node;
}

/** A `dl` of name and value. */
export function fillTerms(list, pairs) {
  list.replaceChildren(...pairs.flatMap(([name, value]) => [element('dt', name), element('dd', value)]));
}

/** Only when it changes: a screen reader speaks each change. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export const countOfDefects = (n) => (n === 0 ? 'no defect' : n === 1 ? '1 defect' : `${n.toLocaleString()} defects`);
export const percent = (fraction) => `${(fraction * 100).toFixed(2)} %`;
export const milliseconds = (ms) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms).toLocaleString()} ms`;
export const clockTime = (ms) => new Date(ms).toLocaleTimeString();

/** Of a dialog or a figure: everything that was measured, as [name, value]; `defects` only of a model with classes. */
export function termsOf({ defect, defects = {}, area, largest, score, width, height }) {
  return [
    ['defects', String(defect)],
    ...Object.entries(defects).map(([name, count]) => [name, String(count)]),
    ['area', percent(area)],
    ['largest region', percent(largest)],
    ['score', score.toFixed(3)],
    ['size', `${width} × ${height}`],
  ];
}
