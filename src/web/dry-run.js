// A dry run of a picture that was dropped or chosen, with a predicate if one is given. Nothing is published.
import { asKind, byId, context2d, fillTerms, milliseconds, termsOf } from './dom.js';

/**
 * @typedef {import('../domain/inspection.ts').RuleVerdict} RuleVerdict
 * @typedef {import('../domain/inspection.ts').DryRunResult} DryRunResult
 * @typedef {import('../domain/measures.ts').Measures & Pick<DryRunResult, 'rules' | 'where'> &
 *   { error?: undefined, stages: Record<string, number>, afterProcess: string }} Answer what `POST /inspect` says of a picture
 */

export function createDryRun() {
  const drop = byId('drop');
  /** @type {File | undefined} */
  let file;
  /** Answers of requests that were overtaken are not shown. */
  let newest = 0;

  byId('file').addEventListener('change', (event) => take(asKind(event.target, HTMLInputElement).files?.[0]));
  byId('try-form').addEventListener('submit', (event) => {
    event.preventDefault();
    void inspect();
  });
  for (const name of /** @type {const} */ (['dragenter', 'dragover'])) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.dataset.over = 'yes';
    });
  }
  for (const name of /** @type {const} */ (['dragleave', 'drop']))
    drop.addEventListener(name, () => delete drop.dataset.over);
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    take(event.dataTransfer?.files[0]);
  });

  /** @param {File | undefined} given */
  function take(given) {
    if (given === undefined) return;
    file = given;
    byId('again', HTMLButtonElement).disabled = false;
    void inspect();
  }

  async function inspect() {
    if (file === undefined) return;
    newest += 1;
    const number = newest;
    byId('try-state').textContent = `Inspecting ${file.name} …`;
    const query = new URLSearchParams({ render: 'overlay' });
    const where = byId('where', HTMLInputElement).value.trim();
    if (where !== '') query.set('where', where);
    const answer = await ask(`/inspect?${query}`, file);
    if (number === newest) await show(answer);
  }

  /** @param {Answer | { error: string }} answer */
  async function show(answer) {
    const isError = answer.error !== undefined;
    byId('try-state').dataset.tone = isError ? 'bad' : '';
    byId('try-state').textContent = isError ? answer.error : verdictText(answer);
    byId('try-result').hidden = isError;
    if (isError) return;
    await drawJpeg(byId('try-picture', HTMLCanvasElement), answer.afterProcess);
    const stages = Object.entries(answer.stages).map(([stage, ms]) => /** @type {const} */ ([stage, milliseconds(ms)]));
    fillTerms(byId('try-measures'), [...termsOf(answer), ...stages]);
  }

  return {
    /** @param {boolean} value whether the service takes pictures here */
    setOffered(value) {
      byId('try').hidden = !value;
    },
  };
}

/**
 * Goes by way of a bitmap, as the page's policy allows no data: URL.
 * @param {HTMLCanvasElement} canvas
 * @param {string} base64
 */
async function drawJpeg(canvas, base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  context2d(canvas).drawImage(bitmap, 0, 0);
  bitmap.close();
}

/**
 * @param {string} url
 * @param {File} body
 */
async function ask(url, body) {
  try {
    const response = await fetch(url, { method: 'POST', body });
    return await response.json();
  } catch {
    return { error: 'The service did not answer.' };
  }
}

/** @param {Answer} answer */
function verdictText({ where, rules }) {
  /** @param {RuleVerdict} verdict */
  const say = ({ matches, ok, error, note }) => {
    const pass = ok === undefined ? '' : ok ? ', ok' : ', not ok';
    return error ?? (matches ? `matches${pass}` : `does not match${note === undefined ? '' : ` (${note})`}`);
  };
  const own = where === undefined ? [] : [`Your predicate ${say(where)}.`];
  return [...own, ...rules.map((rule) => `Rule ${rule.rule} ${say(rule)}.`)].join(' ');
}
