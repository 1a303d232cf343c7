// The live page: takes the events of the service and hands them to the parts of the page.
import { createChart } from './chart.js';
import { createDeadLetters } from './dead-letters.js';
import { byId } from './dom.js';
import { createResults } from './results.js';
import { createShown } from './shown.js';
import { createStatus } from './status.js';
import { createDryRun } from './dry-run.js';

/**
 * @typedef {{ x: number, y: number, width: number, height: number, pixels: number }} Region in pixels of the mask
 * @typedef {{ run: string, n: number, id: string, topic: string, rules: string[], receivedAtMs: number, inferenceTimeMs: number,
 *   endToEndMs: number, picture: boolean, render?: 'pair' | 'overlay' | 'mask', original?: boolean,
 *   measures: { defect: number, defects?: Record<string, number>, area: number, largest: number, score: number, width: number, height: number,
 *     regions: Region[] } }} Result as `results` events carry it, and the process that it is of
 */

const shown = createShown();
const results = createResults(shown);
const deadLetters = createDeadLetters();
const status = createStatus();
const chart = createChart(byId('chart'), byId('chart-text'));
const dryRun = createDryRun();
/** As long as the service tells the browser to wait before it connects again. */
const AGAIN_MS = 2000;
/** A new process counts from 1 again: what it does not know goes. */
let run = '';

const handlers = {
  hello(hello) {
    if (run === hello.run) return;
    run = hello.run;
    results.clear();
    deadLetters.clear();
    status.clear();
  },
  status(state) {
    shown.setPicturesOn(state.pictures);
    status.show(state, results.latencies());
    chart.show(state.history);
    dryRun.setOffered(state.inspect);
  },
  results: (batch) => results.take(batch.map((result) => ({ ...result, run }))),
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
