/** The metrics of a service to which everything happens that can be counted, once more at each scrape. */
import { DROP_REASONS, ROLES } from '../../../src/domain/closed-sets.js';
import { STAGES } from '../../../src/domain/inspection.js';
import { createCameras } from '../../../src/telemetry/cameras.js';
import { createLedger } from '../../../src/telemetry/ledger.js';
import { createMetrics } from '../../../src/telemetry/metrics.js';

/** @returns the text of a scrape; of the pictures that are counted before each one, half have defects */
export function createBusyMetrics(): () => Promise<string> {
  const ledger = createLedger(['0', 'other']);
  let kept = 0;
  const cameras = createCameras({ max: 1, nowMs: Date.now });
  const metrics = createMetrics({
    ledger,
    rules: ['default'],
    messageAge: true,
    build: { client_id: 'flawline', version: '1.0.0', node: '20.19.0' },
    nowMs: () => performance.now(),
    cameras,
    keep: () => ({
      kept,
      notKept: { too_fast: kept, disk: kept, full: kept, predicate: kept },
      bytes: kept,
      judged: kept,
      unjudged: kept,
    }),
  });
  metrics.candidateOpened('default');
  metrics.attach({ workers: () => ({ idle: 1, busy: 1 }), saturation: () => 0.5, isReady: () => true });
  metrics.modelLoaded({
    model: 'default',
    name: 'a',
    version: '1',
    device: 'CPU',
    precision: 'f32',
    engine: 'fake',
    runtime: '1',
  });
  metrics.selfTested('default', true, true);
  metrics.intakePaused(true);

  function pictures(): void {
    for (const defects of [0, 2]) {
      ledger.received('0', Date.now());
      metrics.stages(Object.fromEntries(STAGES.map((stage) => [stage, 5])));
      metrics.endToEnd(40);
      metrics.messageAge(80);
      metrics.defects(defects);
      metrics.ruleMatched('default');
      metrics.inspectedBy('default', { isDefective: defects > 0, inferMs: 5 });
      metrics.judged('default', defects === 0);
      cameras.inspected('left', { isDefective: defects > 0, endToEndMs: 40 });
    }
    ledger.published();
    ledger.filtered();
  }

  return () => {
    pictures();
    ledger.received('0', Date.now());
    ledger.deadLettered('ERR_IMAGE_DECODE');
    cameras.deadLettered('left', 'ERR_IMAGE_DECODE');
    for (const reason of DROP_REASONS) {
      ledger.received('0', Date.now());
      ledger.dropped(reason);
    }
    metrics.failedBy('default');
    metrics.compared('default', { verdict: true, count: true, overlap: 0.9 });
    metrics.comparisonSkipped('default');
    metrics.comparisonFailed('default');
    kept += 1;
    ledger.redelivered();
    ledger.sessionLost();
    metrics.publishRetried();
    metrics.copied();
    metrics.workerRestarted();
    for (const role of ROLES) {
      metrics.connected(role, true);
      metrics.reconnected(role);
    }
    return metrics.text();
  };
}
