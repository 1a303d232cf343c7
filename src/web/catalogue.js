// What runs: streams, models and rules with their state, counts and last error, and how far a candidate agrees with its model.
import { asKind, byId, clockTime, element } from './dom.js';

/**
 * @typedef {import('../catalogue/view.ts').CatalogueView} CatalogueView
 * @typedef {CatalogueView['models'][number]} ModelView
 * @typedef {NonNullable<ModelView['candidate']>} CandidateView
 * @typedef {ModelView['lastError']} LastError
 */

export function createCatalogue() {
  const section = byId('catalogue');

  return {
    /** @param {CatalogueView | undefined} view */
    show(view) {
      section.hidden = view === undefined;
      if (view === undefined) return;
      fill(
        'streams',
        view.streams.map(({ id, state, received, inFlight, topics }) =>
          row({ id, state }, [state, received.toLocaleString(), inFlight.toLocaleString(), topics.join(', ')]),
        ),
      );
      fill('models', view.models.flatMap(modelRows));
      fill(
        'rules',
        view.rules.map(({ id, state, stream, model, matched, failed, lastError }) => {
          const counts = [matched.toLocaleString(), failed.toLocaleString()];
          return row({ id, state }, [state, ...counts, `${stream} · ${model}`, faultText(lastError)]);
        }),
      );
    },
  };
}

/**
 * @param {string} kind
 * @param {readonly HTMLTableRowElement[]} rows
 */
function fill(kind, rows) {
  const body = asKind(document.querySelector(`#catalogue [data-kind="${kind}"] tbody`));
  body.replaceChildren(...rows);
}

/** @param {ModelView} model */
function modelRows({ id, version, description, inspected, failed, candidate, lastError }) {
  const counts = [inspected.toLocaleString(), failed.toLocaleString()];
  const own = row({ id }, [`version ${version}`, ...counts, description, faultText(lastError)]);
  return candidate === undefined ? [own] : [own, candidateRow(candidate)];
}

/** @param {CandidateView} candidate */
function candidateRow(candidate) {
  const { description, compared, failed, lastError } = candidate;
  const counts = [compared.toLocaleString(), failed.toLocaleString()];
  const made = row({ id: 'its candidate' }, ['shadow', ...counts, description, faultText(lastError)]);
  made.dataset.part = 'candidate';
  const cell = asKind(made.children[4]);
  cell.append(element('p', agreementText(candidate), 'agreement'));
  return made;
}

/** @param {CandidateView} candidate */
function agreementText({ compared, skipped, share, sameVerdict, sameCount, meanOverlap }) {
  const wanted = share < 1 ? ` of ${percent(share)} of the pictures` : '';
  if (compared === 0) return `no picture compared yet${wanted}${skippedText(skipped)}`;
  const overlap = meanOverlap === null ? 'no defect in either' : `masks overlap by ${percent(meanOverlap)}`;
  return `same verdict ${percent(sameVerdict / compared)}, same count ${percent(sameCount / compared)}, ${overlap}${skippedText(skipped)}`;
}

/** @param {number} skipped */
function skippedText(skipped) {
  return skipped === 0 ? '' : `; ${skipped.toLocaleString()} left out as nobody had time`;
}

/** @param {number} fraction */
const percent = (fraction) => `${(100 * fraction).toFixed(fraction === 1 ? 0 : 1)}\u00a0%`;

/**
 * @param {{ id: string, state?: string }} what
 * @param {readonly string[]} cells
 */
function row({ id, state = '' }, cells) {
  const made = document.createElement('tr');
  made.dataset.state = state;
  const head = element('th', id);
  head.setAttribute('scope', 'row');
  made.append(head, ...cells.map((text) => element('td', text)));
  return made;
}

/** @param {LastError} error */
function faultText(error) {
  return error === undefined ? '' : `${error.code}, ${clockTime(error.atMs)}: ${error.message}`;
}
