// The live page. Everything that comes from a message is put in as text, never as HTML; a picture is fetched only for the
// result that is shown, one at a time.

/**
 * @typedef {{ n: number, id: string, topic: string, rules: string[], receivedAtMs: number, inferenceTimeMs: number,
 *   picture: boolean, measures: { defect: number, area: number, largest: number, score: number, width: number,
 *   height: number } }} Result as `results` events carry it
 */

const MAX_ROWS = 100;

const byId = (id) => document.getElementById(id);
const list = byId('list');
const picture = byId('picture');
const pauseButton = byId('pause');
const followButton = byId('follow');

/** @type {Map<number, Result>} the rows on the page, oldest first */
const results = new Map();
let run = '';
let paused = false;
/** Results that came during a pause, the newest MAX_ROWS of them. */
let waiting = [];
/** Number of the result that the reader chose; undefined: the newest is shown. */
let chosen;
let showing;
/** Whether the service gives pictures at all. */
let picturesOn = true;
let lastCount;

const events = new EventSource('/events');
events.addEventListener('hello', (event) => start(JSON.parse(event.data).run));
events.addEventListener('status', (event) => showStatus(JSON.parse(event.data)));
events.addEventListener('results', (event) => take(JSON.parse(event.data)));
events.addEventListener('error', () => {
  showPill('no connection to the service', 'bad');
  lastCount = undefined;
});

pauseButton.addEventListener('click', () => setPaused(!paused));
followButton.addEventListener('click', followNewest);
list.addEventListener('click', (event) => {
  const row = event.target.closest('button');
  if (row !== null) choose(Number(row.dataset.n));
});
list.addEventListener('keydown', (event) => {
  const step = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' }[event.key];
  const row = step && event.target.closest('li')?.[step]?.querySelector('button');
  if (!row) return;
  event.preventDefault();
  row.focus();
});
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'p') setPaused(!paused);
  if (event.key === 'Escape' && chosen !== undefined) followNewest();
});
picture.addEventListener('load', () => pictureCame(true));
picture.addEventListener('error', () => pictureCame(false));

/** A new process counts from 1 again: what it does not know goes. */
function start(newRun) {
  if (run === newRun) return;
  run = newRun;
  results.clear();
  waiting = [];
  list.replaceChildren();
  lastCount = undefined;
  chosen = undefined;
  showing = undefined;
  followButton.hidden = true;
}

function take(batch) {
  if (paused) {
    waiting = [...waiting, ...batch].slice(-MAX_ROWS);
    pauseButton.textContent = `Go on (${waiting.length === MAX_ROWS ? `${MAX_ROWS} or more` : waiting.length} new)`;
    return;
  }
  for (const result of batch) {
    results.set(result.n, result);
    list.prepend(toRow(result));
  }
  while (results.size > MAX_ROWS) {
    const oldest = results.keys().next().value;
    results.delete(oldest);
    list.lastElementChild?.remove();
  }
  byId('empty').hidden = results.size > 0;
  if (chosen === undefined) show(newest());
}

function setPaused(value) {
  paused = value;
  pauseButton.setAttribute('aria-pressed', String(paused));
  pauseButton.textContent = paused ? 'Go on' : 'Pause';
  if (paused) return;
  const missed = waiting;
  waiting = [];
  take(missed);
}

/** The newest result that has a picture, or else the newest: filtered ones between two pictures would only flicker. */
function newest() {
  const rows = [...results.values()].reverse();
  return rows.find((result) => result.picture) ?? rows[0];
}

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

/** @param {Result | undefined} result */
function show(result) {
  if (result === undefined || result.n === showing) return;
  // While a picture loads the newest one waits: `pictureCame` goes on.
  if (chosen === undefined && picture.dataset.loading === 'yes') return;
  showing = result.n;
  byId('shown-title').textContent = chosen === undefined ? 'Newest result' : `Result ${result.n}`;
  for (const row of list.querySelectorAll('button')) {
    row.setAttribute('aria-current', String(Number(row.dataset.n) === result.n));
  }
  const { defect, area, largest, score, width, height } = result.measures;
  byId('verdict').textContent = defects(defect);
  byId('verdict').dataset.found = defect > 0 ? 'yes' : 'no';
  byId('measures').replaceChildren(
    ...term('topic', result.topic),
    ...term('rule', ruleText(result)),
    ...term('received', new Date(result.receivedAtMs).toLocaleString()),
    ...term('area', percent(area)),
    ...term('largest region', percent(largest)),
    ...term('score', score.toFixed(3)),
    ...term('size', `${width} × ${height}`),
    ...term('inference', `${result.inferenceTimeMs.toFixed(1)} ms`),
    ...term('id', result.id),
  );
  if (result.picture) {
    picture.dataset.loading = 'yes';
    byId('no-picture').textContent = 'Loading …';
    picture.alt = `Inspected picture and its mask: ${defects(defect)}`;
    picture.src = `/results/${result.n}`;
  } else {
    picture.dataset.loading = 'no';
    picture.removeAttribute('src');
    showPicture(false, whyNoPicture(result));
  }
}

function pictureCame(whole) {
  picture.dataset.loading = 'no';
  showPicture(whole, 'This picture is no longer held.');
  if (chosen === undefined) show(newest());
}

function showPicture(visible, reason = '') {
  picture.hidden = !visible;
  byId('no-picture').hidden = visible;
  byId('no-picture').textContent = reason;
}

function whyNoPicture(result) {
  if (!picturesOn)
    return 'Pictures are off: this address can be reached from other machines and http.token is not set.';
  return result.rules.length === 0 ? 'Filtered: no rule matched, so nothing was drawn.' : 'This picture is not held.';
}

/** @param {Result} result */
function toRow(result) {
  const item = document.createElement('li');
  const row = document.createElement('button');
  row.type = 'button';
  row.className = 'row';
  row.dataset.n = String(result.n);
  row.dataset.found = result.measures.defect > 0 ? 'yes' : 'no';
  row.append(
    cell(new Date(result.receivedAtMs).toLocaleTimeString()),
    cell(defects(result.measures.defect), 'found'),
    cell(result.topic),
    cell(ruleText(result)),
    cell(result.inferenceTimeMs.toFixed(0)),
  );
  item.append(row);
  return item;
}

function showStatus(status) {
  picturesOn = status.pictures;
  showPill(status.ready ? 'ready' : 'not ready', status.ready ? 'good' : 'bad');
  byId('model').textContent = status.model ?? '';
  byId('version').textContent = `version ${status.version}`;
  byId('reasons').replaceChildren(...status.reasons.map((reason) => element('li', reason)));
  byId('reasons').hidden = status.reasons.length === 0;

  const { received, inFlight, outcomes } = status.counts;
  const now = performance.now();
  const rate = lastCount && ((received - lastCount.received) * 1000) / (now - lastCount.at);
  lastCount = { received, at: now };
  const shown = { received, inFlight, ...outcomes, rate: rate === undefined ? '–' : rate.toFixed(1) };
  for (const field of document.querySelectorAll('[data-count]')) {
    const value = shown[field.dataset.count];
    field.textContent = typeof value === 'number' ? value.toLocaleString() : value;
  }
}

function showPill(text, tone) {
  // Set only when it changes: a screen reader speaks each change.
  const pill = byId('readiness');
  if (pill.textContent !== text) pill.textContent = text;
  pill.dataset.tone = tone;
}

const defects = (count) => (count === 0 ? 'no defect' : count === 1 ? '1 defect' : `${count} defects`);
const percent = (fraction) => `${(fraction * 100).toFixed(2)} %`;
const ruleText = (result) => (result.rules.length === 0 ? 'filtered' : result.rules.join(', '));

function element(name, text) {
  const node = document.createElement(name);
  node.textContent = text;
  return node;
}

function cell(text, className = '') {
  const node = element('span', text);
  node.className = className;
  node.title = text;
  return node;
}

function term(name, value) {
  return [element('dt', name), element('dd', value)];
}
