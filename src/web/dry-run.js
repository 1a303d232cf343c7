// A dry run of a picture: by drag and drop, by choosing a file; with a predicate if one is given. Nothing of it is published.
import { byId, fillTerms, milliseconds, termsOf } from './dom.js';

export function createDryRun() {
  const drop = byId('drop');
  /** @type {File | undefined} */
  let file;
  /** Answers of requests that were overtaken are not shown. */
  let newest = 0;

  byId('file').addEventListener('change', (event) => take(event.target.files[0]));
  byId('try-form').addEventListener('submit', (event) => {
    event.preventDefault();
    void inspect();
  });
  for (const name of ['dragenter', 'dragover']) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.dataset.over = 'yes';
    });
  }
  for (const name of ['dragleave', 'drop']) drop.addEventListener(name, () => delete drop.dataset.over);
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });

  function take(given) {
    if (given === undefined) return;
    file = given;
    byId('again').disabled = false;
    void inspect();
  }

  async function inspect() {
    if (file === undefined) return;
    newest += 1;
    const number = newest;
    byId('try-state').textContent = `Inspecting ${file.name} …`;
    const query = new URLSearchParams({ render: 'overlay' });
    const where = byId('where').value.trim();
    if (where !== '') query.set('where', where);
    const answer = await ask(`/inspect?${query}`, file);
    if (number === newest) await show(answer);
  }

  async function show(answer) {
    const isError = answer.error !== undefined;
    byId('try-state').dataset.tone = isError ? 'bad' : '';
    byId('try-state').textContent = isError ? answer.error : verdictText(answer);
    byId('try-result').hidden = isError;
    if (isError) return;
    await drawJpeg(byId('try-picture'), answer.afterProcess);
    const stages = Object.entries(answer.stages).map(([stage, ms]) => [stage, milliseconds(ms)]);
    fillTerms(byId('try-measures'), [...termsOf(answer), ...stages]);
  }

  return {
    /** Whether the service takes pictures here. */
    setOffered(value) {
      byId('try').hidden = !value;
    },
  };
}

/** By way of a bitmap: the page's policy allows no data: URL. */
async function drawJpeg(canvas, base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext('2d').drawImage(bitmap, 0, 0);
  bitmap.close();
}

async function ask(url, body) {
  try {
    const response = await fetch(url, { method: 'POST', body });
    return await response.json();
  } catch {
    return { error: 'The service did not answer.' };
  }
}

function verdictText({ where, rules }) {
  const say = ({ matches, error }) => (error === undefined ? (matches ? 'matches' : 'does not match') : error);
  const own = where === undefined ? [] : [`Your predicate ${say(where)}.`];
  return [...own, ...rules.map((rule) => `Rule ${rule.rule} ${say(rule)}.`)].join(' ');
}
