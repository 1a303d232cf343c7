// The list of the last results, newest first, with pause, choice by click and by arrow keys.
import { asKind, byId, clockTime, countOfDefects, element, setText } from './dom.js';
import { createFilter } from './filter.js';

const MAX_ROWS = 100;

/**
 * @typedef {import('./live.js').Result} Result
 * @param {ReturnType<typeof import('./shown.js').createShown>} shown the figure beside the list
 */
export function createResults(shown) {
  const list = byId('list');
  const pauseButton = byId('pause');
  const followButton = byId('follow');
  /** @type {Map<number, Result>} the rows on the page, oldest first */
  const results = new Map();
  let paused = false;
  /**
   * Results that came during a pause, the newest MAX_ROWS of them.
   * @type {Result[]}
   */
  let waiting = [];
  /** Number of the newest result that came: a new connection brings again those that are held. */
  let newestCome = 0;
  /**
   * Number of the result that the reader chose; undefined: the newest is shown.
   * @type {number | undefined}
   */
  let chosen;
  const filter = createFilter(() => {
    applyFilter();
    if (newest() === undefined) shown.clear();
    followNewest();
  });

  pauseButton.addEventListener('click', () => setPaused(!paused));
  followButton.addEventListener('click', followNewest);
  list.addEventListener('click', (event) => {
    const row = asKind(event.target).closest('button');
    if (row !== null) choose(Number(row.dataset.n));
  });
  list.addEventListener('focusin', (event) => setTabStop(asKind(event.target)));
  list.addEventListener('keydown', (event) => {
    const item = asKind(event.target).closest('li');
    const neighbour = { ArrowDown: item?.nextElementSibling, ArrowUp: item?.previousElementSibling };
    const row = neighbour[/** @type {keyof typeof neighbour} */ (event.key)]?.querySelector('button');
    if (!row) return;
    event.preventDefault();
    row.focus();
  });
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target instanceof Element && event.target.closest('input, dialog') !== null;
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'p') setPaused(!paused);
    if (event.key === 'Escape' && chosen !== undefined) followNewest();
  });
  shown.onFree(() => {
    if (chosen === undefined) show(newest());
  });

  /** @param {boolean} value */
  function setPaused(value) {
    paused = value;
    pauseButton.setAttribute('aria-pressed', String(paused));
    pauseButton.textContent = paused ? 'Go on' : 'Pause';
    if (paused) return;
    const missed = waiting;
    waiting = [];
    add(missed);
  }

  /** @param {Result[]} batch */
  function take(batch) {
    const fresh = batch.filter(({ n }) => n > newestCome);
    const last = fresh.at(-1);
    if (last === undefined) return;
    newestCome = last.n;
    if (!paused) {
      add(fresh);
      return;
    }
    waiting = [...waiting, ...fresh].slice(-MAX_ROWS);
    pauseButton.textContent = `Go on (${waiting.length === MAX_ROWS ? `${MAX_ROWS} or more` : waiting.length} new)`;
  }

  /** @param {Result[]} batch */
  function add(batch) {
    for (const result of batch) {
      results.set(result.n, result);
      list.prepend(toRow(result));
    }
    if (filter.isOn()) applyFilter();
    while (results.size > MAX_ROWS) {
      const [oldest = 0] = results.keys();
      results.delete(oldest);
      list.lastElementChild?.remove();
    }
    byId('empty').hidden = results.size > 0;
    if (!list.contains(document.activeElement)) setTabStop(list.querySelector('button'));
    if (chosen === undefined) show(newest());
  }

  /**
   * Tab reaches one row, arrow keys the others from there: else a hundred rows would stand before what follows.
   * @param {HTMLElement | null} row
   */
  function setTabStop(row) {
    for (const other of list.querySelectorAll('[tabindex="0"]')) asKind(other).tabIndex = -1;
    if (row !== null) row.tabIndex = 0;
  }

  /** The newest result with a picture, or else the newest: filtered ones between two pictures would only flicker. */
  function newest() {
    const rows = [...results.values()].reverse().filter(filter.isWanted);
    return rows.find((result) => result.picture) ?? rows[0];
  }

  /** @param {Result | undefined} result */
  function show(result) {
    if (result === undefined || !shown.show(result, chosen !== undefined)) return;
    for (const row of list.querySelectorAll('[aria-current="true"]')) row.setAttribute('aria-current', 'false');
    list.querySelector(`[data-n="${result.n}"]`)?.setAttribute('aria-current', 'true');
  }

  /** @param {number} n */
  function choose(n) {
    chosen = n;
    followButton.hidden = false;
    show(results.get(n));
  }

  function followNewest() {
    chosen = undefined;
    followButton.hidden = true;
    show(newest());
  }

  function applyFilter() {
    let isAnyShown = false;
    for (const result of results.values()) {
      const row = list.querySelector(`[data-n="${result.n}"]`)?.closest('li');
      if (row) row.hidden = !filter.isWanted(result);
      isAnyShown ||= filter.isWanted(result);
    }
    byId('none-listed').hidden = isAnyShown || results.size === 0 || !filter.isOn();
    if (filter.isOn()) setText(byId('none-listed'), filter.emptyWords());
  }

  return {
    take,
    /** @param {string} camera the one whose results are listed; '' for all */
    showOnly: (camera) => filter.setCamera(camera),
    /** From arrival to end of each result on the page, milliseconds. */
    latencies: () => [...results.values()].map(({ endToEndMs }) => endToEndMs),
    clear() {
      results.clear();
      waiting = [];
      newestCome = 0;
      list.replaceChildren();
      byId('empty').hidden = false;
      chosen = undefined;
      followButton.hidden = true;
      shown.clear();
    },
  };
}

/** @param {Result} result */
function toRow(result) {
  const item = document.createElement('li');
  const row = document.createElement('button');
  row.type = 'button';
  row.className = 'row';
  row.tabIndex = -1;
  row.dataset.n = String(result.n);
  row.dataset.found = result.measures.defect > 0 ? 'yes' : 'no';
  const time = clockTime(result.receivedAtMs);
  const defects = countOfDefects(result.measures.defect);
  const rules = result.rules.length === 0 ? 'filtered' : result.rules.join(', ');
  const ms = result.endToEndMs.toFixed(0);
  row.append(cell(time), cell(defects, 'found'), cell(result.topic), cell(rules), cell(ms));
  // What the eye has from the head of the column.
  const rule = result.rules.length === 0 ? rules : `rule ${rules}`;
  row.setAttribute('aria-label', `${time}: ${defects}, topic ${result.topic}, ${rule}, ${ms} ms`);
  item.append(row);
  return item;
}

/**
 * @param {string} text
 * @param {string} [className]
 */
function cell(text, className = '') {
  const node = element('span', text, className);
  node.title = text;
  return node;
}
