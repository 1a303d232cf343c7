// Pictures that were kept for a second look: how many there are, and the dialog in which people say right or wrong.
import { asKind, byId, countOfDefects, element, fillTerms, setText } from './dom.js';
import { createJudgeCanvas } from './judge-canvas.js';
import { loadPicture } from './picture.js';

/**
 * @typedef {import('../keep/kept-folder.ts').KeptEntry} Entry
 * @typedef {import('../http/page-events.ts').PageStatus['kept']} KeptState
 * @typedef {import('./judge-canvas.js').Tool} Tool
 */

/** Regions that have a button of their own; the others are reached by click and brush. */
const MAX_REGIONS = 12;
const WHY = { threshold: 'near the threshold', where: 'the predicate of keep', share: 'drawn by lot' };

export function createKept() {
  const dialog = byId('judge', HTMLDialogElement);
  const say = byId('judge-say');
  const work = byId('judge-work');
  const regions = byId('judge-regions');
  const size = byId('judge-size', HTMLInputElement);
  const toolButtons = [...byId('judge-tools').querySelectorAll('button[data-tool]')].map((each) =>
    asKind(each, HTMLButtonElement),
  );
  const stateButtons = [...byId('judge-states').querySelectorAll('button')];
  const canvas = createJudgeCanvas(byId('judge-canvas', HTMLCanvasElement), byId('judge-stage'), (why) => {
    if (why === 'missed') tell('There is no region. Click on a red one, or paint with the brush.');
    else edited();
  });
  /** @type {Entry[]} */
  let entries = [];
  let at = 0;
  let state = 'unjudged';
  /** @type {import('./mask-edit.js').MaskEdit | undefined} */
  let edit;
  /** Answers that were overtaken are not shown. */
  let newest = 0;

  byId('judge-open').addEventListener('click', () => {
    dialog.showModal();
    void list('unjudged');
  });
  byId('judge-close').addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => {
    newest += 1;
    canvas.clear();
  });
  for (const button of stateButtons) button.addEventListener('click', () => void list(button.dataset.state ?? ''));
  for (const button of toolButtons) button.addEventListener('click', () => setTool(button.dataset.tool ?? ''));
  size.addEventListener('input', () => canvas.setBrush(Number(size.value)));
  regions.addEventListener('click', (event) => {
    const button = asKind(event.target).closest('button');
    if (button === null || edit === undefined) return;
    const index = [...regions.querySelectorAll('button')].indexOf(button);
    edit.removeRegion(Number(button.dataset.x), Number(button.dataset.y), 1);
    canvas.changed();
    edited();
    const rest = regions.querySelectorAll('button');
    (rest[Math.min(index, rest.length - 1)] ?? byId('judge-save')).focus();
  });
  /** @type {Record<string, { id: string, act: () => void }>} */
  const actions = {
    r: { id: 'judge-right', act: () => void send('right') },
    s: { id: 'judge-save', act: () => void send('wrong') },
    n: { id: 'judge-none', act: clear },
    z: { id: 'judge-undo', act: undo },
    t: { id: 'judge-back', act: () => void send(null) },
    '+': { id: 'judge-closer', act: () => zoom(1.5) },
    '-': { id: 'judge-wider', act: () => zoom(1 / 1.5) },
    0: { id: 'judge-fit', act: () => zoom(0) },
    m: { id: 'judge-mask', act: toggleMask },
    ArrowRight: { id: 'judge-next', act: () => go(1) },
    ArrowLeft: { id: 'judge-previous', act: () => go(-1) },
    g: { id: 'judge-region', act: () => setTool('region') },
    b: { id: 'judge-brush', act: () => setTool('brush') },
    e: { id: 'judge-erase', act: () => setTool('erase') },
  };
  for (const { id, act } of Object.values(actions)) {
    if (!toolButtons.some((button) => button.id === id)) byId(id).addEventListener('click', act);
  }
  // At the document: a button that is disabled by what it did has no focus any more.
  document.addEventListener('keydown', (event) => {
    if (!dialog.open || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof HTMLInputElement && event.key.startsWith('Arrow')) return; // moves the slider
    const action = actions[event.key === '=' ? '+' : event.key];
    if (action === undefined || byId(action.id, HTMLButtonElement).disabled) return;
    event.preventDefault();
    action.act();
  });

  /**
   * @param {string} text
   * @param {'good' | 'bad' | ''} [tone]
   */
  function tell(text, tone = '') {
    setText(say, text);
    say.dataset.tone = tone;
  }

  /** @param {string} wanted */
  async function list(wanted) {
    state = wanted;
    newest += 1;
    const number = newest;
    for (const button of stateButtons) button.setAttribute('aria-pressed', String(button.dataset.state === wanted));
    const answer = await ask(`/kept?state=${wanted}`);
    if (number !== newest) return;
    entries = answer.entries ?? [];
    at = 0;
    if (answer.error !== undefined) tell(answer.error, 'bad');
    await show();
  }

  async function show() {
    newest += 1;
    const number = newest;
    edit = undefined;
    const entry = entries[at];
    work.hidden = entry === undefined;
    if (entry === undefined) {
      byId('judge-title').textContent = 'Kept pictures';
      if (say.dataset.tone !== 'bad')
        tell(state === 'judged' ? 'No picture is judged yet.' : 'Nothing is left to judge.');
      return;
    }
    setEnabled();
    const base = `/kept/${entry.key}`;
    const mask = entry.judgement === undefined ? 'found' : `mask?at=${encodeURIComponent(entry.judgement.at)}`;
    try {
      const [picture, white] = await Promise.all([loadPicture(`${base}/picture`), loadPicture(`${base}/${mask}`)]);
      if (number !== newest) return;
      edit = canvas.show(picture, white);
    } catch {
      if (number === newest)
        tell('This picture is no longer there, or the browser cannot show it: go on to the next.', 'bad');
      return;
    }
    describe(entry);
    showRegions();
    setEnabled();
    if (dialog.open && !dialog.contains(document.activeElement)) byId('judge-canvas').focus();
  }

  /** @param {Entry} entry */
  function describe(entry) {
    const { measures, judgement, topic, camera, receivedAt, reasons, model, id } = entry;
    byId('judge-title').textContent = `Kept picture ${at + 1} of ${entries.length}`;
    const words = [...new Set(reasons.map(({ why }) => WHY[why]))].join(', ');
    fillTerms(byId('judge-facts'), [
      ['judged', judgement?.verdict ?? 'not yet'],
      ['the model found', countOfDefects(measures.defect)],
      ['score', measures.score.toFixed(3)],
      ['kept', words],
      ['topic', topic],
      ...(camera === undefined ? [] : [/** @type {const} */ (['camera', camera])]),
      ['received', new Date(receivedAt).toLocaleString()],
      ['model', model],
      ['id', id],
    ]);
    const label = `Kept picture with its mask: ${countOfDefects(measures.defect)}. Arrow keys move the brush, space uses it.`;
    byId('judge-canvas').setAttribute('aria-label', label);
  }

  function showRegions() {
    const found = edit?.regions() ?? [];
    regions.replaceChildren(...found.slice(0, MAX_REGIONS).map(toRegionItem));
    const more = found.length - MAX_REGIONS;
    byId('judge-more').textContent =
      found.length === 0 ? 'No defect is marked.' : more > 0 ? `and ${more} smaller ones` : '';
  }

  function edited() {
    showRegions();
    setEnabled();
    tell(edit?.isChanged() ? 'Changed: S saves your mask, Z takes the last step back.' : '');
  }

  function setEnabled() {
    const isThere = edit !== undefined;
    const isChanged = edit?.isChanged() === true;
    const isJudged = entries[at]?.judgement !== undefined;
    for (const { id } of Object.values(actions)) byId(id, HTMLButtonElement).disabled = !isThere;
    byId('judge-right', HTMLButtonElement).disabled = !isThere || isChanged;
    byId('judge-save', HTMLButtonElement).disabled = !isChanged;
    byId('judge-undo', HTMLButtonElement).disabled = !isChanged;
    byId('judge-none', HTMLButtonElement).disabled = !isThere || edit?.white.includes(1) !== true;
    byId('judge-back', HTMLButtonElement).disabled = !isThere || !isJudged;
    byId('judge-next', HTMLButtonElement).disabled = at >= entries.length - 1;
    byId('judge-previous', HTMLButtonElement).disabled = at <= 0;
  }

  /** @param {string} tool */
  function setTool(tool) {
    for (const button of toolButtons) button.setAttribute('aria-pressed', String(button.dataset.tool === tool));
    canvas.setTool(/** @type {Tool} */ (tool));
  }

  /** @param {number} factor */
  function zoom(factor) {
    tell(`Zoom ${Math.round(canvas.zoomBy(factor) * 100)} %.`);
  }

  function toggleMask() {
    const button = byId('judge-mask');
    const isShown = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', String(isShown));
    canvas.showMask(isShown);
  }

  function clear() {
    edit?.clear();
    canvas.changed();
    edited();
  }

  function undo() {
    edit?.undo();
    canvas.changed();
    edited();
  }

  /** @param {number} step */
  function go(step) {
    const wanted = at + step;
    if (wanted < 0 || wanted >= entries.length) return;
    at = wanted;
    tell('');
    void show();
  }

  /** @param {'right' | 'wrong' | null} verdict */
  async function send(verdict) {
    const entry = entries[at];
    if (entry === undefined || edit === undefined) return;
    const { width, height } = edit;
    const mask = verdict === 'wrong' ? { mask: { width, height, runs: edit.runs() } } : {};
    const number = newest;
    const answer = await ask(`/kept/${entry.key}/judgement`, JSON.stringify({ verdict, ...mask }));
    if (number !== newest) return;
    if (answer.error !== undefined) {
      tell(answer.error, 'bad');
      return;
    }
    entries.splice(at, 1);
    at = Math.min(at, Math.max(0, entries.length - 1));
    const done = verdict === null ? 'Taken back' : `Saved as ${verdict}`;
    tell(`${done}. ${entries.length === 0 ? 'Nothing is left in this list.' : `${entries.length} left.`}`, 'good');
    if (entries.length === 0) await list(state);
    else await show();
  }

  return {
    /** @param {KeptState} kept */
    show(kept) {
      byId('kept').hidden = kept === undefined;
      if (kept === undefined) return;
      const { unjudged, judged, bytes, maxBytes, fault, canJudge } = kept;
      const megabytes = `${(bytes / 2 ** 20).toFixed(1)} of ${(maxBytes / 2 ** 20).toFixed(0)} MiB`;
      const where = canJudge ? '' : ' Set http.token to judge them here.';
      setText(byId('kept-state'), `${unjudged} not judged, ${judged} judged; ${megabytes}.${where}`);
      setText(byId('kept-fault'), fault === undefined ? '' : `Pictures are not kept just now: ${fault}`);
      byId('kept-fault').hidden = fault === undefined;
      byId('judge-open').hidden = !canJudge;
    },
  };
}

/**
 * @param {import('./mask-edit.js').MaskRegion & { at: { x: number, y: number } }} region
 * @param {number} index
 */
function toRegionItem({ x, y, width, height, at }, index) {
  const item = document.createElement('li');
  const button = element('button', `Remove region ${index + 1}: ${width}×${height} at ${x}, ${y}`);
  button.setAttribute('type', 'button');
  button.dataset.x = String(at.x);
  button.dataset.y = String(at.y);
  item.append(button);
  return item;
}

/**
 * @param {string} url
 * @param {string} [body] sent by POST
 * @returns {Promise<{ error?: string, entries?: Entry[] }>}
 */
async function ask(url, body) {
  try {
    const response = await fetch(url, body === undefined ? {} : { method: 'POST', body });
    return await response.json();
  } catch {
    return { error: 'The service did not answer.' };
  }
}
