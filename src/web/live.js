// The live page: takes the events of the service and hands them to the parts of the page.
import { createCameras } from './cameras.js';
import { createCatalogue } from './catalogue.js';
import { createChart } from './chart.js';
import { createDeadLetters } from './dead-letters.js';
import { byId } from './dom.js';
import { createDryRun } from './dry-run.js';
import { createKept } from './kept.js';
import { createResults } from './results.js';
import { createShown } from './shown.js';
import { createStatus } from './status.js';

/**
 * @typedef {import('../http/page-events.ts').ResultRow} ResultRow as `results` events carry it
 * @typedef {ResultRow & { run: string }} Result with the process that it comes from
 */

const shown = createShown();
const results = createResults(shown);
const deadLetters = createDeadLetters();
const status = createStatus();
const chart = createChart(byId('chart', SVGSVGElement), byId('chart-text'));
const dryRun = createDryRun();
const kept = createKept();
const catalogue = createCatalogue();
const cameras = createCameras((camera) => results.showOnly(camera));
/** The service tells the browser to wait as long before it connects again. */
const AGAIN_MS = 2000;
/** A new process counts from 1 again: what it does not know goes. */
let run = '';

const handlers = {
  /** @param {{ run: string }} hello */
  hello(hello) {
    if (run === hello.run) return;
    run = hello.run;
    results.clear();
    deadLetters.clear();
    status.clear();
  },
  /** @param {import('../http/page-events.ts').StatusEvent} state */
  status(state) {
    shown.setPicturesOn(state.pictures);
    status.show(state, results.latencies());
    chart.show(state.history);
    cameras.show(state.cameras);
    catalogue.show(state.catalogue);
    kept.show(state.kept);
    dryRun.setOffered(state.inspect);
  },
  /** @param {ResultRow[]} batch */
  results: (batch) => results.take(batch.map((result) => ({ ...result, run }))),
  /** @param {import('./dead-letters.js').DeadLetter[]} batch */
  'dead-letters': (batch) => deadLetters.take(batch),
};

connect();

function connect() {
  const events = new EventSource('/events');
  for (const [name, handle] of Object.entries(handlers)) {
    events.addEventListener(name, (event) => handle(JSON.parse(event.data)));
  }
  events.addEventListener('error', () => {
    status.lost();
    // After an answer that is no stream, as a proxy gives while the service is away, the browser does not try again.
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, AGAIN_MS);
  });
}
