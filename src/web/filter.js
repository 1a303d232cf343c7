// Which of the last results are listed: those of one camera, those with defects, or both.
import { byId, setText } from './dom.js';

/** @typedef {import('./live.js').Result} Result */

/** @param {() => void} onChange */
export function createFilter(onChange) {
  const defectsButton = byId('only-defects');
  let camera = '';
  let onlyDefects = false;

  defectsButton.addEventListener('click', () => {
    onlyDefects = !onlyDefects;
    defectsButton.setAttribute('aria-pressed', String(onlyDefects));
    tell();
  });

  function tell() {
    setText(byId('results-title'), camera === '' ? 'Last results' : `Last results of ${camera}`);
    onChange();
  }

  return {
    /** @param {string} name the camera whose results are listed; '' for all */
    setCamera(name) {
      camera = name;
      tell();
    },
    /** @param {Result} result */
    isWanted: (result) => (camera === '' || result.camera === camera) && (!onlyDefects || result.measures.defect > 0),
    isOn: () => camera !== '' || onlyDefects,
    /** What stands in the place of a list that is empty. */
    emptyWords() {
      const what = onlyDefects ? 'with defects' : '';
      const whose = camera === '' ? '' : `of ${camera}`;
      return `None of the last results is ${[whose, what].filter((part) => part !== '').join(' and ')}.`;
    },
  };
}
