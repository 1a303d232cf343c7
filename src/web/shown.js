// The result that is looked at: its picture in one of several views, its measures, and both at full size in a dialog.
// Pictures are fetched for this one result only, one at a time.
import { byId, countOfDefects, element, fillTerms, milliseconds, termsOf } from './dom.js';
import { drawView, hasObjects, loadPicture, viewsOf } from './picture.js';

const MAX_SIDE = 1024;
/** Canvases of browsers end at about 16 000; this is 64 million pixels at most. */
const MAX_FULL_SIDE = 8000;

/**
 * @typedef {import('./live.js').Result} Result
 * @typedef {import('./picture.js').View} View
 */

export function createShown() {
  const canvas = byId('picture', HTMLCanvasElement);
  const viewButtons = [...byId('views').querySelectorAll('button')];
  const dialog = byId('full', HTMLDialogElement);
  const fullCanvas = byId('full-picture', HTMLCanvasElement);
  const regions = byId('regions', HTMLTableElement);
  /** @type {Result | undefined} */
  let result;
  /**
   * The processed picture of `result`, once it is loaded.
   * @type {HTMLImageElement | undefined}
   */
  let processed;
  let isLoading = false;
  /** @type {View} */
  let view = 'overlay';
  let title = 'Newest result';
  /** Whether the service gives pictures at all. */
  let picturesOn = true;
  /** @type {() => void} */
  let onFree = () => undefined;

  for (const button of viewButtons) {
    button.addEventListener('click', () => {
      view = viewOf(button);
      void draw();
    });
  }
  byId('enlarge').addEventListener('click', () => void enlarge());
  byId('close').addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  dialog.addEventListener('close', () => {
    fullCanvas.width = 0; // frees its pixels
  });

  /** @param {Result} wanted */
  async function load(wanted) {
    isLoading = true;
    let loaded;
    try {
      loaded = await loadPicture(pictureUrl(wanted));
    } catch {
      loaded = undefined; // newer ones took its place: said below
    }
    isLoading = false;
    if (result === wanted) {
      processed = loaded;
      describeShown(wanted);
      if (loaded === undefined) showNoPicture('This picture is no longer held.');
      else await draw();
    }
    onFree();
  }

  async function draw() {
    const now = result;
    const views = now === undefined ? [] : viewsOf(now);
    const usable = usableOf(views, view);
    for (const button of viewButtons) {
      button.disabled = !views.includes(viewOf(button));
      button.setAttribute('aria-pressed', String(viewOf(button) === usable));
    }
    if (now === undefined || processed === undefined || usable === undefined) return;
    const original = needsOriginal(now, usable) ? await loadOriginal(now) : undefined;
    if (result !== now || processed === undefined) return;
    drawView(canvas, usable, { result: now, processed, original, maxSide: MAX_SIDE });
    canvas.setAttribute('aria-label', describe(now, usable));
    canvas.hidden = false;
    byId('no-picture').hidden = true;
  }

  /**
   * Called once the picture is there: one result's words under another's picture would be wrong.
   * @param {Result} now
   */
  function describeShown(now) {
    const { defect } = now.measures;
    byId('shown-title').textContent = title;
    byId('verdict').textContent = countOfDefects(defect);
    byId('verdict').dataset.found = defect > 0 ? 'yes' : 'no';
    fillTerms(byId('measures'), allTerms(now));
  }

  /** @param {string} reason */
  function showNoPicture(reason) {
    canvas.hidden = true;
    byId('no-picture').hidden = false;
    byId('no-picture').textContent = reason;
  }

  /** @param {Result} result */
  function whyNoPicture({ rules }) {
    if (!picturesOn)
      return 'Pictures are off: this address can be reached from other machines and http.token is not set.';
    return rules.length === 0 ? 'Filtered: no rule matched, so nothing was drawn.' : 'This picture is not held.';
  }

  async function enlarge() {
    const now = result;
    if (now === undefined) return;
    const picture = processed;
    byId('full-title').textContent = `Result ${now.n}: ${countOfDefects(now.measures.defect)}`;
    fillTerms(byId('full-measures'), allTerms(now));
    regions.hidden = now.measures.regions.length === 0;
    byId('regions-caption').textContent = hasObjects(now.measures)
      ? 'Objects, the most certain first, in pixels of the picture'
      : 'Regions, largest first, in pixels of the mask';
    regions.tBodies[0]?.replaceChildren(...now.measures.regions.map(toRegionRow));
    fullCanvas.hidden = picture === undefined;
    dialog.showModal();
    const usable = usableOf(viewsOf(now), view);
    if (picture === undefined || usable === undefined) return;
    const original = await loadOriginal(now);
    if (dialog.open)
      drawView(fullCanvas, usable, { result: now, processed: picture, original, maxSide: MAX_FULL_SIDE });
    fullCanvas.setAttribute('aria-label', describe(now, usable));
  }

  return {
    /**
     * @param {Result} wanted
     * @param {boolean} isChosen
     * @returns {boolean} false when it is not shown now, because another picture is still loading
     */
    show(wanted, isChosen) {
      if (wanted === result) return true;
      if (isLoading && !isChosen) return false;
      result = wanted;
      processed = undefined;
      title = isChosen ? `Result ${wanted.n}` : 'Newest result';
      if (wanted.picture) void load(wanted);
      else {
        describeShown(wanted);
        showNoPicture(whyNoPicture(wanted));
        void draw();
      }
      return true;
    },
    clear() {
      result = undefined;
      processed = undefined;
      byId('verdict').textContent = '';
      byId('measures').replaceChildren();
      showNoPicture('Waiting for the first picture.');
      void draw();
    },
    /** @param {boolean} value */
    setPicturesOn(value) {
      picturesOn = value;
    },
    /** @param {() => void} listener called when the next picture may be shown */
    onFree(listener) {
      onFree = listener;
    },
  };
}

/**
 * @param {HTMLButtonElement} button
 * @returns {View}
 */
const viewOf = (button) => /** @type {View} */ (button.dataset.view);

/**
 * The view that is wanted, or else the best that there is.
 * @param {View[]} views
 * @param {View} wanted
 */
const usableOf = (views, wanted) => (views.includes(wanted) ? wanted : views[0]);

/**
 * The pair has the original at the mask's size; for the others it is fetched.
 * @param {Result} result
 * @param {View} view
 */
function needsOriginal(result, view) {
  return result.render !== 'pair' && view !== result.render && result.original === true;
}

/**
 * Undefined when it is not held or a browser can't show its format: the views then do with what they have.
 * @param {Result} result
 */
async function loadOriginal(result) {
  if (result.original !== true) return undefined;
  try {
    return await loadPicture(pictureUrl(result, '/original'));
  } catch {
    return undefined;
  }
}

/**
 * Another process has another picture of the same number, and a browser gives what it loaded from the same URL before.
 * @param {Result} result
 */
function pictureUrl({ n, run }, part = '') {
  return `/results/${n}${part}?run=${run}`;
}

/**
 * @param {Result} result
 * @returns {import('./dom.js').Terms}
 */
function allTerms(result) {
  return [
    ...termsOf(result.measures),
    ['topic', result.topic],
    ['rule', result.rules.length === 0 ? 'filtered' : result.rules.join(', ')],
    ['received', new Date(result.receivedAtMs).toLocaleString()],
    ['inference', milliseconds(result.inferenceTimeMs)],
    ['end to end', milliseconds(result.endToEndMs)],
    ['id', result.id],
  ];
}

/**
 * @param {Result} result
 * @param {View | undefined} view
 */
function describe({ measures }, view) {
  const what = {
    overlay: 'Inspected picture with its defects marked',
    pair: 'Inspected picture beside its mask',
    original: 'The original',
    mask: 'The mask',
  };
  return `${view === undefined ? 'No picture' : what[view]}: ${countOfDefects(measures.defect)}`;
}

/**
 * @param {Result['measures']['regions'][number]} region
 * @param {number} index
 */
function toRegionRow({ x, y, width, height, pixels, class: name, score }, index) {
  const row = document.createElement('tr');
  const numbers = [index + 1, x, y, width, height, pixels].map((value) => value?.toLocaleString() ?? '–');
  row.append(...[...numbers, name ?? '–', score?.toFixed(3) ?? '–'].map((text) => element('td', text)));
  return row;
}
